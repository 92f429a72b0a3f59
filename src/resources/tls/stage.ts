/**
 * The authorities of a managed cluster by generation: the first is 1, each rotation adds the next. A rotation goes through three stages, each
 * of which is safe for as long as it takes (docs/adr/0009):
 *
 * | stage      | trusted | issues | next when                                                    |
 * | ---------- | ------- | ------ | ------------------------------------------------------------ |
 * | settled    | 1       | 1      | somebody asks for it                                         |
 * | overlap    | 1, 2    | 1      | every member has restarted, and so trusts both               |
 * | switched   | 1, 2    | 2      | every member shows a certificate of the new one              |
 * | settled    | 2       | 2      |                                                              |
 *
 * The stage is written in the Secrets themselves, beside what it speaks of: NAME-ca decides, the others say what they were made from.
 */
export interface Stage {
  readonly oldest: number;
  readonly newest: number;
  /** Either of the two. */
  readonly issuer: number;
}

export const firstStage: Stage = { oldest: 1, newest: 1, issuer: 1 };

export type StageName = "settled" | "overlap" | "switched";

export function stageName({ oldest, newest, issuer }: Stage): StageName {
  if (oldest === newest) return "settled";
  return issuer === oldest ? "overlap" : "switched";
}

export function stageAfter({ oldest, newest, ...stage }: Stage): Stage {
  switch (stageName({ oldest, newest, ...stage })) {
    case "settled":
      return { oldest, newest: newest + 1, issuer: oldest };
    case "overlap":
      return { oldest, newest, issuer: newest };
    case "switched":
      return { oldest: newest, newest, issuer: newest };
  }
}

export function sameStage(a: Stage, b: Stage): boolean {
  return a.oldest === b.oldest && a.newest === b.newest && a.issuer === b.issuer;
}

/** Which authorities members are to trust: `1`, or `1-2` while they change. A member reads them when it starts and never again. */
export function trustOf({ oldest, newest }: Stage): string {
  return oldest === newest ? String(oldest) : `${String(oldest)}-${String(newest)}`;
}

/** What members trusted before that: pods of the template before are still made from it until the StatefulSet has the new one. */
export function trustBefore({ oldest, newest }: Stage): string {
  if (oldest < newest) return String(oldest);
  return `${String(oldest - 1)}-${String(oldest)}`;
}

const stageAnnotation = "dbop.dev/authorities";
const issuerAnnotation = "dbop.dev/issuer";
/** The operation that last had the certificates in the Secret made anew. */
const rotationAnnotation = "dbop.dev/rotation";

export type Annotations = Readonly<Record<string, string>>;

export function stageAnnotations(stage: Stage, rotation: string | undefined): Annotations {
  return {
    [stageAnnotation]: trustOf(stage),
    [issuerAnnotation]: String(stage.issuer),
    ...(rotation === undefined ? {} : { [rotationAnnotation]: rotation }),
  };
}

/** A Secret without a record is of the first generation. */
export function stageIn(annotations: Annotations | undefined): Stage {
  const match = /^([1-9]\d{0,8})(?:-([1-9]\d{0,8}))?$/u.exec(annotations?.[stageAnnotation] ?? "");
  if (match === null) return firstStage;
  const oldest = Number(match[1]);
  const newest = match[2] === undefined ? oldest : Number(match[2]);
  return { oldest, newest, issuer: annotations?.[issuerAnnotation] === String(newest) ? newest : oldest };
}

export function rotationIn(annotations: Annotations | undefined): string | undefined {
  return annotations?.[rotationAnnotation];
}
