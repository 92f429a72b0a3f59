/** What etcd tells for `check`, and what only etcd is asked. */
import type { EngineChecks } from "../../engine.ts";
import type { EtcdSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { certificates } from "./certificates.ts";
import { learners, raftLag } from "./members.ts";
import { operandOf } from "./operand.ts";
import { alarms, compaction, fragmentation, quota } from "./space.ts";

export const etcdChecks: EngineChecks<EtcdSpec, EtcdSeen> = {
  operand: operandOf,
  own: [alarms, learners, raftLag, quota, compaction, fragmentation, certificates],
};
