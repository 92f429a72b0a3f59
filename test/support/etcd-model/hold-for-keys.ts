/** Keys and signatures are made in real time, by other threads: the time of a fake cluster stands still meanwhile. */
import { webcrypto } from "node:crypto";
import "reflect-metadata";
import "@peculiar/x509";
import type { FakeClock } from "../fake-kube/fake-clock.ts";

const slow = ["generateKey", "importKey", "exportKey", "sign", "verify", "digest"] as const;

let current: FakeClock | undefined;

/** Of this clock, and of no other from now on. */
export function holdForKeys(clock: FakeClock): void {
  if (current === undefined) for (const name of slow) holdDuring(name);
  current = clock;
}

function holdDuring(name: (typeof slow)[number]): void {
  const { subtle } = webcrypto;
  const real: unknown = Reflect.get(subtle, name);
  if (typeof real !== "function") throw new Error(`no ${name}`);
  const held = (...args: readonly unknown[]): Promise<unknown> => {
    const work = Promise.resolve<unknown>(Reflect.apply(real, subtle, args));
    return current === undefined ? work : current.hold(work);
  };
  Object.defineProperty(subtle, name, { value: held });
}
