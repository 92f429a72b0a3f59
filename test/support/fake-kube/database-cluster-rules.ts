/** The CEL rules of the DatabaseCluster's CRD in TypeScript: for `schemas: { DatabaseCluster: databaseClusterRules }`. */
import type { Validator } from "./admission.ts";
import { at } from "./json.ts";
import { compareQuantities } from "./quantity.ts";

export const databaseClusterRules: Validator = (object, old) => {
  const [spec, before] = [object["spec"], old?.["spec"]];
  const { name } = object.metadata;
  const has = (value: unknown, ...path: readonly string[]): boolean => at(value, ...path) !== undefined;
  const changed = (...path: readonly string[]): boolean =>
    old !== undefined && at(spec, ...path) !== at(before, ...path);
  const secrets = ["serverSecretName", "peerSecretName", "clientSecretName"];
  const needsSecrets = at(spec, "tls", "mode") === "secret";
  const problems: readonly (readonly [boolean, string])[] = [
    [
      name.length > 40,
      "metadata.name: Invalid value: must be at most 40 characters: the names of pods, claims and Secrets are made from it",
    ],
    [
      !/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name),
      "metadata.name: Invalid value: must be lower-case letters, digits and '-', beginning with a letter: it becomes a DNS label",
    ],
    [
      old !== undefined && has(before, "tls") !== has(spec, "tls"),
      `spec.tls: Invalid value: "object": tls is decided when the database is made and can't be added or removed afterwards`,
    ],
    [changed("engine"), `spec.engine: Invalid value: "string": the engine is immutable`],
    [
      changed("storage", "className"),
      `spec.storage.className: Invalid value: "object": the storage class is immutable`,
    ],
    [
      old !== undefined && compareQuantities(at(spec, "storage", "size"), at(before, "storage", "size")) < 0,
      `spec.storage.size: Invalid value: "object": a volume can't shrink`,
    ],
    [
      has(before, "tls") && has(spec, "tls") && changed("tls", "mode"),
      `spec.tls.mode: Invalid value: "object": the TLS mode is immutable`,
    ],
    [
      needsSecrets && !secrets.every((field) => has(spec, "tls", field)),
      `spec.tls: Invalid value: "object": serverSecretName, peerSecretName and clientSecretName go with mode secret, and only with it`,
    ],
    [
      !needsSecrets && secrets.some((field) => has(spec, "tls", field)),
      `spec.tls: Invalid value: "object": Secret names are only read in mode secret`,
    ],
  ];
  return problems.flatMap(([broken, problem]) => (broken ? [problem] : []));
};
