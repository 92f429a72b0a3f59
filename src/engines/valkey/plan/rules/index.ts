/**
 * The order in which concerns are looked at: what must not be touched, what has to be there, what was begun, what is broken, what is asked for.
 * The first rule that has something to say decides the next step.
 */
import type { Rule } from "../rule.ts";
import { awaitFirstNodes, dealSlots, recordFormed } from "./bootstrap.ts";
import { ensureCertificate, refuseRotation } from "./certificate.ts";
import { introduceNodes } from "./introduce.ts";
import { followPrimary, recordNodes } from "./join.ts";
import { awaitOwners, forgetGone, runOwners } from "./lost.ts";
import { ensureObjects, ensurePassword } from "./objects.ts";
import { refuseForeignClaims, refuseForeignNodes, refuseForeignObjects } from "./ownership.ts";
import { waitForAll, waitForControllers, waitForService } from "./ready.ts";
import { finishMoves, moveSlots } from "./reshard.ts";
import { restartBroken, restartLeftBehind, rollNodes } from "./roll.ts";
import { rotateAuthorities } from "./rotation.ts";
import { restoreFromBackup } from "./seed.ts";
import { addReplicas, clearGoneShards, deleteLeftoverClaims, removeReplicas, removeShards } from "./size.ts";
import { growVolumes, refuseVolumeChange, renewClaimTemplates } from "./storage.ts";
import {
  refuseOtherServer,
  refuseOtherServerFirst,
  refuseUnreadable,
  refuseUnreadableData,
  refuseWithoutBackup,
} from "./version.ts";

export const rules: readonly Rule[] = [
  refuseForeignObjects,
  refuseForeignClaims,
  refuseForeignNodes,
  refuseRotation,
  refuseUnreadable,
  refuseUnreadableData,
  refuseWithoutBackup,
  refuseVolumeChange,
  restoreFromBackup,
  ensurePassword,
  ensureCertificate,
  clearGoneShards,
  ensureObjects,
  restartBroken,
  refuseOtherServerFirst,
  awaitFirstNodes,
  dealSlots,
  introduceNodes,
  runOwners,
  awaitOwners,
  followPrimary,
  forgetGone,
  recordFormed,
  recordNodes,
  finishMoves,
  refuseOtherServer,
  restartLeftBehind,
  addReplicas,
  removeReplicas,
  waitForAll,
  moveSlots,
  removeShards,
  deleteLeftoverClaims,
  growVolumes,
  renewClaimTemplates,
  waitForControllers,
  rollNodes,
  rotateAuthorities,
  waitForService,
];
