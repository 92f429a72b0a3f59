/**
 * The rules in the order in which they speak: the first that has something to do, or something to refuse, decides.
 * First what must not be touched, then what was begun, then what is broken, then what is asked for (engines.md §0.1).
 */
import type { Rule } from "../rule.ts";
import { disarmCorruption, freeSpace } from "./alarms.ts";
import { finishBootstrap, recordMembers } from "./bootstrap.ts";
import { ensureCertificates, renewCertificates } from "./certificates.ts";
import { refuseForeignMembers, refuseWhenDataIsLost } from "./data-lost.ts";
import { finishJoining } from "./joining.ts";
import { recordVersion, refuseUnreadableData } from "./claim-version.ts";
import { compactHistory, defragmentMembers } from "./maintenance.ts";
import { ensureObjects } from "./objects.ts";
import { refuseForeignClaims, refuseForeignObjects } from "./ownership.ts";
import {
  replaceBrokenOutdatedPods,
  startMembers,
  waitForController,
  waitForQuorum,
  waitForTermination,
} from "./quorum.ts";
import { repairMember, replaceDoomedMember } from "./repair.ts";
import {
  discardReplaced,
  prepareReplacement,
  replaceData,
  restoreAgain,
  stopMembers,
  verifyRestored,
} from "./replace.ts";
import { rollMembers } from "./roll.ts";
import { refuseRotation, reissueCertificates, rotateAuthorities, waitForCertificates } from "./rotation.ts";
import { addMember, deleteLeftoverClaims, removeSurplus } from "./scale.ts";
import { restoreFromBackup } from "./seed.ts";
import { growVolumes, refuseVolumeChange, renewClaimTemplate } from "./storage.ts";
import { waitForService } from "./ready.ts";
import {
  cancelDowngrade,
  changeVersion,
  goDownFirst,
  refuseFarApart,
  refuseOlderThanData,
  recoverVersion,
  refuseOtherImage,
  refuseVersionChange,
  settleVersion,
  turnRound,
} from "./version.ts";

export const rules: readonly Rule[] = [
  refuseForeignObjects,
  refuseForeignClaims,
  refuseUnreadableData,
  refuseWhenDataIsLost,
  refuseForeignMembers,
  refuseRotation,
  refuseVersionChange,
  cancelDowngrade,
  turnRound,
  refuseFarApart,
  goDownFirst,
  refuseOlderThanData,
  refuseVolumeChange,
  ensureCertificates,
  restoreFromBackup,
  ensureObjects,
  startMembers,
  replaceBrokenOutdatedPods,
  restoreAgain,
  verifyRestored,
  finishBootstrap,
  waitForQuorum,
  recordMembers,
  freeSpace,
  finishJoining,
  repairMember,
  replaceDoomedMember,
  disarmCorruption,
  waitForTermination,
  addMember,
  removeSurplus,
  deleteLeftoverClaims,
  growVolumes,
  renewClaimTemplate,
  waitForController,
  refuseOtherImage,
  recoverVersion,
  rollMembers,
  rotateAuthorities,
  renewCertificates,
  reissueCertificates,
  waitForCertificates,
  compactHistory,
  defragmentMembers,
  discardReplaced,
  waitForService,
  settleVersion,
  recordVersion,
  changeVersion,
];

/** Until the data of the backup is what counts: the database as it is, however it is, gives way to it. */
export const replacingRules: readonly Rule[] = [
  refuseForeignObjects,
  refuseForeignClaims,
  ensureCertificates,
  prepareReplacement,
  stopMembers,
  replaceData,
];
