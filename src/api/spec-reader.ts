import { field, listField } from "../kube/fields.ts";
import type { BootstrapSpec, DatabaseClusterSpec, SchedulingSpec, TlsSpec } from "./database-cluster.ts";
import type { Problem } from "./problem.ts";
import { isDnsSubdomain, isImageReference } from "./names.ts";
import { parseQuantity } from "./quantity.ts";

/** Reads fields of a spec and collects what is wrong with them; a wrong field reads as an empty value, so that reading goes on. */
export class SpecReader {
  readonly problems: Problem[] = [];

  add(path: string, value: unknown, message: string): void {
    this.problems.push({
      field: path,
      value: value === undefined ? "<none>" : typeof value === "string" ? value : JSON.stringify(value),
      message,
    });
  }

  onlyKnown(path: string, value: unknown, names: readonly string[]): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      if (value !== undefined || path === "spec") this.add(path, value, "must be an object");
      return;
    }
    for (const name of Object.keys(value)) {
      if (!names.includes(name))
        this.add(`${path}.${name}`, field(value, name), `is not a field; known are ${names.join(", ")}`);
    }
  }

  text(path: string, value: unknown, example: string): string {
    if (typeof value === "string" && value !== "") return value;
    this.add(path, value, `must be a string, ${example}`);
    return "";
  }

  optionalText(path: string, value: unknown): string | undefined {
    if (value === undefined || (typeof value === "string" && value !== "")) return value;
    this.add(path, value, "must be a non-empty string");
    return undefined;
  }

  /** The name of a cluster-wide or namespaced object, as most kinds have it (Kubernetes, "Object Names and IDs"). */
  objectName(path: string, value: unknown): string | undefined {
    if (value === undefined || (typeof value === "string" && isDnsSubdomain(value))) return value;
    this.add(path, value, "must be the name of an object: at most 253 lower-case letters, digits, '-' and '.'");
    return undefined;
  }

  image(value: unknown): string | undefined {
    if (value === undefined || (typeof value === "string" && isImageReference(value))) return value;
    this.add("spec.image", value, "must be an image reference such as registry.example.com/etcd:v3.6.16");
    return undefined;
  }

  integer(path: string, value: unknown): number {
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 99) return value;
    this.add(path, value, "must be an integer from 1 to 99");
    return 1;
  }

  quantity(path: string, value: unknown): string {
    if (
      typeof value === "string" &&
      /^[1-9]/u.test(value) &&
      !value.endsWith("m") &&
      parseQuantity(value) !== undefined
    )
      return value;
    this.add(path, value, "must be a quantity such as 10Gi");
    return "";
  }

  resources(value: unknown): DatabaseClusterSpec["resources"] {
    if (value !== undefined) this.onlyKnown("spec.resources", value, ["cpu", "memory"]);
    const cpu = field(value, "cpu");
    const memory = field(value, "memory");
    if (
      cpu !== undefined &&
      (typeof cpu !== "string" || !/^\d+(\.\d+)?m?$/u.test(cpu) || (parseQuantity(cpu) ?? 0) <= 0)
    )
      this.add("spec.resources.cpu", cpu, "must be a CPU quantity such as 500m or 2");
    if (memory !== undefined) this.quantity("spec.resources.memory", memory);
    return { ...(typeof cpu === "string" ? { cpu } : {}), ...(typeof memory === "string" ? { memory } : {}) };
  }

  tls(value: unknown): TlsSpec {
    if (value === undefined) return { mode: "managed" };
    this.onlyKnown("spec.tls", value, ["mode", "serverSecretName", "peerSecretName", "clientSecretName"]);
    const mode = this.oneOf("spec.tls.mode", field(value, "mode"), ["managed", "secret", "disabled"] as const);
    if (mode !== "secret") {
      for (const name of ["serverSecretName", "peerSecretName", "clientSecretName"]) {
        if (field(value, name) !== undefined)
          this.add(`spec.tls.${name}`, field(value, name), "is only read with spec.tls.mode: secret");
      }
      return { mode };
    }
    const secret = (name: string): string => {
      const path = `spec.tls.${name}`;
      const given = this.text(path, field(value, name), "the name of a Secret with ca.crt, tls.crt and tls.key");
      return given === "" ? given : (this.objectName(path, given) ?? "");
    };
    return {
      mode,
      serverSecretName: secret("serverSecretName"),
      peerSecretName: secret("peerSecretName"),
      clientSecretName: secret("clientSecretName"),
    };
  }

  bootstrap(value: unknown): BootstrapSpec | undefined {
    if (value === undefined) return undefined;
    this.onlyKnown("spec.bootstrap", value, ["locationName", "path", "bumpRevision"]);
    const path = this.text("spec.bootstrap.path", field(value, "path"), "the folder of the backup below the location");
    if (path !== "" && (!/^[\w.-]+(\/[\w.-]+)*$/u.test(path) || path.split("/").includes("..")))
      this.add("spec.bootstrap.path", path, "must be names of letters, digits, '.', '_' and '-', separated by '/'");
    const locationName = field(value, "locationName");
    return {
      locationName: this.text("spec.bootstrap.locationName", locationName, "the name of a BackupLocation"),
      path,
      bumpRevision: field(value, "bumpRevision") === true,
    };
  }

  textMap(path: string, value: unknown): Readonly<Record<string, string>> {
    if (value === undefined) return {};
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.add(path, value, "must be a map of strings");
      return {};
    }
    const texts: Record<string, string> = {};
    for (const [name, text] of Object.entries(value)) {
      if (typeof text === "string") texts[name] = text;
      else this.add(`${path}.${name}`, text, "must be a string: put the value in quotes");
    }
    return texts;
  }

  scheduling(value: unknown): SchedulingSpec {
    const names = ["antiAffinity", "topologyKey", "nodeSelector", "tolerations", "priorityClassName"];
    if (value !== undefined) this.onlyKnown("spec.scheduling", value, names);
    const nodeSelector = field(value, "nodeSelector");
    const priorityClassName = this.objectName("spec.scheduling.priorityClassName", field(value, "priorityClassName"));
    const tolerations = listField(value, "tolerations").filter((item) => typeof item === "object" && item !== null);
    return {
      antiAffinity: this.oneOf("spec.scheduling.antiAffinity", field(value, "antiAffinity") ?? "preferred", [
        "preferred",
        "required",
        "none",
      ] as const),
      topologyKey:
        this.optionalText("spec.scheduling.topologyKey", field(value, "topologyKey")) ?? "kubernetes.io/hostname",
      ...(nodeSelector === undefined
        ? {}
        : { nodeSelector: this.textMap("spec.scheduling.nodeSelector", nodeSelector) }),
      ...(tolerations.length === 0 ? {} : { tolerations: tolerations.map((item) => ({ ...item })) }),
      ...(priorityClassName === undefined ? {} : { priorityClassName }),
    };
  }

  /** The first choice stands for a wrong value. */
  oneOf<Choice extends string>(path: string, value: unknown, choices: readonly [Choice, ...Choice[]]): Choice {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.add(path, value, `must be one of ${choices.join(", ")}`);
    return found ?? choices[0];
  }
}
