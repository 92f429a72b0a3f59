/** What only etcd can be told to do. Plain data: `run/` does it, `plan/expect.ts` foresees it, the model in `test/` simulates it. */
import type { TellRestoreFailed } from "../../backup/restoring.ts";
import type { Stage } from "../../resources/tls/stage.ts";
import type { CertificateRole } from "./seen.ts";
import type { Minor } from "./versions.ts";

export type EtcdCommand =
  /**
   * Issues these certificates. `mayFound`: authorities that are gone may be made anew, since nobody trusts the old ones any more.
   * `rotation`: the operation that asks for it, recorded beside them. `stage`: of those that are replaced, which members trust.
   */
  | {
      readonly name: "issueCertificates";
      readonly roles: readonly CertificateRole[];
      readonly mayFound: boolean;
      readonly rotation?: string;
      readonly stage?: Stage;
    }
  /** Brings the authorities to this stage, which follows the present one, and issues every certificate as it has it. */
  | { readonly name: "rotateAuthorities"; readonly to: Stage; readonly rotation: string }
  /** `via` is the ordinal of the member that is asked. */
  | { readonly name: "memberAdd"; readonly via: number; readonly ordinal: number }
  | { readonly name: "memberPromote"; readonly via: number; readonly ordinal: number; readonly id: string }
  | { readonly name: "memberRemove"; readonly via: number; readonly id: string }
  /** `via` must be the leader. */
  | { readonly name: "moveLeader"; readonly via: number; readonly to: string }
  | { readonly name: "compact"; readonly via: number; readonly revision: number }
  | { readonly name: "defragment"; readonly via: number }
  | { readonly name: "disarm"; readonly via: number }
  /** `via` must run 3.6 or later: the etcdctl of 3.5 knows nothing of it. */
  | { readonly name: "downgradeEnable"; readonly via: number; readonly minor: Minor }
  | { readonly name: "downgradeCancel"; readonly via: number }
  /** The claim that is filled from a backup before there is a StatefulSet. */
  | { readonly name: "makeFirstClaim" }
  /** Deletes the Job, so that the same command begins anew, and throws `OperationFailed` with what it said. */
  | TellRestoreFailed;
