/** Notices a WebSocket connection that died without a word. */
import type { WebSocket } from "ws";
import type { Timing } from "./timing.ts";

export interface Heart {
  readonly start: () => void;
  /** Something was received. */
  readonly beat: () => void;
  readonly stop: () => void;
}

/** Pings the far side, once started, and calls `onSilence` when nothing at all comes back. */
export function heartOf(socket: WebSocket, timing: Timing, onSilence: () => void): Heart {
  let lastHeard = 0;
  let timer: NodeJS.Timeout | undefined;
  const beat = (): void => {
    lastHeard = performance.now();
  };
  const check = (): void => {
    if (performance.now() - lastHeard > timing.silenceMs) onSilence();
    else if (socket.readyState === socket.OPEN) socket.ping();
  };
  return {
    beat,
    start: () => {
      beat();
      socket.on("pong", beat);
      timer = setInterval(check, timing.pingMs);
    },
    stop: () => {
      clearInterval(timer);
    },
  };
}
