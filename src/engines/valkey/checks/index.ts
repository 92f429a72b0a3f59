/** What Valkey tells for `check`, and what only Valkey is asked. */
import type { EngineChecks } from "../../engine.ts";
import type { ValkeySeen } from "../seen.ts";
import type { ValkeySpec } from "../spec.ts";
import { certificate } from "./certificate.ts";
import { memory } from "./memory.ts";
import { operandOf } from "./operand.ts";
import { agreement, coverage, fullCoverage, moves, replicas } from "./slots.ts";

export const valkeyChecks: EngineChecks<ValkeySpec, ValkeySeen> = {
  operand: operandOf,
  own: [coverage, agreement, replicas, moves, fullCoverage, memory, certificate],
};
