/** Situations and step sequences that many plan tests speak of. */
import { modeText } from "../../../src/engines/etcd/config-mode.ts";
import { anEtcd, fresh, type EtcdBuilder } from "./an-etcd.ts";

export const gibibytes = 1024 ** 3;

/** The steps by which the member of `ordinal` joins. */
export function joins(ordinal: number): readonly string[] {
  const name = `demo-${String(ordinal)}`;
  return [
    `member-add/${name}`,
    `member-start/${name}`,
    `wait/${name}-has-started`,
    `identity/data-${name}`,
    `member-promote/${name}`,
  ];
}

/** The steps by which the member of `ordinal` leaves, its claim apart. */
export function leaves(ordinal: number): readonly string[] {
  const name = `demo-${String(ordinal)}`;
  return [`member-remove/${name}/a${String(ordinal)}`, `replicas/${String(ordinal)}`, `wait/${name}-is-gone`];
}

/** The steps by which the member of `ordinal` is replaced by one with an empty disk. */
export function repaired(ordinal: number): readonly string[] {
  const name = `demo-${String(ordinal)}`;
  return [
    `member-remove/${name}/a${String(ordinal)}`,
    `member-add/${name}`,
    `claim-delete/data-${name}`,
    `pod-delete/${name}`,
    `wait/data-${name}-is-gone`,
    "objects/apply",
    `pod-delete/${name}`,
    ...joins(ordinal).slice(2),
  ];
}

/** The member of `ordinal` does not answer. */
export function lost(given: EtcdBuilder, ordinal: number): EtcdBuilder {
  return given.silent(ordinal);
}

/** The first bootstrap of `count` members: everything is made, nobody answers yet. */
export function forming(count: number): EtcdBuilder {
  const list = Array.from({ length: count }, (_, ordinal) => ordinal);
  const mode = modeText({ state: "new", ordinals: list });
  const whole = anEtcd().withMembers(count);
  return list
    .reduce((given, ordinal) => given.claim(ordinal, fresh).pod(ordinal, { ready: false }), whole)
    .spec({ identity: undefined, recordedVersion: undefined })
    .config({ clusterId: undefined, modes: Object.fromEntries(list.map((ordinal) => [ordinal, mode])) })
    .noQuorum(...list)
    .seen({ membership: { known: false, why: "no member is running" } });
}
