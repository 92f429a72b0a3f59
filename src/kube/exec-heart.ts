/** Notices a WebSocket connection that died without a word. */
import type { WebSocket } from "ws";
import type { Timing } from "./timing.ts";

export interface Heart {
  readonly start: () => void;
  /** Something was received. */
  readonly beat: () => void;
  readonly stop: () => void;
}

/**
 * Pings the far side, once started, and calls `onSilence` when nothing at all comes back. Counts pings rather than time: a process
 * that was suspended for a while has answers waiting, which it must get round to reading.
 */
export function heartOf(socket: WebSocket, timing: Timing, onSilence: () => void): Heart {
  const mostUnanswered = Math.ceil(timing.silenceMs / timing.pingMs);
  let unanswered = 0;
  let timer: NodeJS.Timeout | undefined;
  const beat = (): void => {
    unanswered = 0;
  };
  const check = (): void => {
    if (unanswered >= mostUnanswered) onSilence();
    unanswered += 1;
    if (socket.readyState === socket.OPEN) socket.ping();
  };
  return {
    beat,
    start: () => {
      socket.on("pong", beat);
      timer = setInterval(check, timing.pingMs);
    },
    stop: () => {
      clearInterval(timer);
    },
  };
}
