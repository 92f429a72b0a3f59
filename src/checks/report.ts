/** The report of one database: who was graded, what was found, what level that is. `docs/check-report.schema.json` describes it as JSON. */
import type { KubeObject } from "../kube/objects.ts";
import { listField, textField } from "../kube/fields.ts";
import { levelNames, type Answer, type Level } from "./finding.ts";
import { grade, type LevelGrade } from "./grade.ts";
import type { Observation } from "./observation.ts";

export const reportVersion = "report.dbop.dev/v1alpha1";

export interface CheckReport {
  readonly apiVersion: typeof reportVersion;
  readonly kind: "CheckReport";
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly observedAt: string;
  readonly subject: Subject;
  readonly manager: ManagerReport;
  readonly highestContiguousLevel: number;
  readonly levels: readonly LevelGrade[];
  readonly checks: readonly Answer[];
}

interface Subject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly uid?: string;
  readonly generation?: number;
  /** `etcd 3.6.16`; absent where nobody says. */
  readonly engine?: string;
}

interface ManagerReport {
  readonly kind: "kubectl-dbop" | "operator";
  /** Of the last pass of kubectl-dbop; null: none has ended. */
  readonly lastPass?: { readonly verb: string; readonly result: string; readonly finishedAt: string } | null;
  /** The level its ClusterServiceVersion claims; null: it claims none. */
  readonly claimedLevel?: Level | null;
  readonly deployments?: readonly string[];
}

export function reportOf(observation: Observation, answers: readonly Answer[]): CheckReport {
  const { subject, now } = observation;
  const { name, namespace, uid, generation } = subject.metadata;
  const sorted = answers.toSorted((a, b) => a.level - b.level || numberOf(a.id) - numberOf(b.id));
  const engine = engineOf(observation);
  return {
    apiVersion: reportVersion,
    kind: "CheckReport",
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    observedAt: now.toISOString(),
    subject: {
      apiVersion: subject.apiVersion,
      kind: subject.kind,
      ...(uid === undefined ? {} : { uid }),
      ...(generation === undefined ? {} : { generation }),
      ...(engine === undefined ? {} : { engine }),
    },
    manager: managerOf(observation),
    ...grade(sorted),
    checks: sorted,
  };
}

/** Those that every engine is asked come first, in order of their numbers. */
function numberOf(id: string): number {
  const number = Number(id.split(".")[1]);
  return Number.isNaN(number) ? Infinity : number;
}

function engineOf({ manager, subject }: Observation): string | undefined {
  if (manager.kind === "operator") return undefined;
  const told = manager.engine.state === "read" ? manager.engine.value.currentVersion : undefined;
  return `${textField(subject["spec"], "engine")} ${told ?? textField(subject["spec"], "version")}`;
}

function managerOf({ manager, subject }: Observation): ManagerReport {
  if (manager.kind === "kubectl-dbop") {
    const last = listField(subject["status"], "history")[0];
    const lastPass =
      last === undefined
        ? null
        : {
            verb: textField(last, "verb"),
            result: textField(last, "result"),
            finishedAt: textField(last, "finishedAt"),
          };
    return { kind: manager.kind, lastPass };
  }
  const deployments =
    manager.deployments.state === "read"
      ? manager.deployments.value.map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`)
      : undefined;
  return {
    kind: manager.kind,
    claimedLevel: manager.claim.state === "read" ? claimedLevel(manager.claim.value) : null,
    ...(deployments === undefined ? {} : { deployments }),
  };
}

/** OperatorHub's annotation `capabilities` (sdk.operatorframework.io, "Operator Capability Levels"). */
function claimedLevel(version: KubeObject | undefined): Level | null {
  const words = version?.metadata.annotations?.["capabilities"];
  const found = ([1, 2, 3, 4, 5] as const).find((level) => levelNames[level] === words);
  return found ?? null;
}

/** A list of reports, as one document. */
export function reportList(reports: readonly unknown[]): unknown {
  return { apiVersion: reportVersion, kind: "CheckReportList", items: reports };
}

export function describeSubject({ subject, metadata }: Pick<CheckReport, "subject" | "metadata">): string {
  const group = subject.apiVersion.split("/")[0] ?? "";
  return `${subject.kind.toLowerCase()}.${group}/${metadata.name}`;
}
