/** Keys and signatures are made in real time, by other threads: the time of a fake cluster stands still meanwhile. */
import { webcrypto } from "node:crypto";
import { vi } from "vitest";
import "reflect-metadata";
import "@peculiar/x509";
import type { FakeClock } from "../fake-kube/fake-clock.ts";

let current: FakeClock | undefined;

/** Of this clock, and of no other from now on. */
export function holdForKeys(clock: FakeClock): void {
  if (current === undefined) {
    const { subtle } = webcrypto;
    for (const name of ["generateKey", "importKey", "exportKey", "sign", "verify", "digest"] as const) {
      const real: (...args: unknown[]) => Promise<unknown> = subtle[name].bind(subtle) as never;
      vi.spyOn(subtle, name).mockImplementation(((...args: unknown[]) =>
        current === undefined ? real(...args) : current.hold(real(...args))) as never);
    }
  }
  current = clock;
}
