/**
 * TLS between simulated members, with the certificates that are really in the Secrets: each pod mounts them when it is made, its kubelet brings a
 * change late, a member reads whom it trusts only when it starts. Two that run and can't talk are a violation.
 */
import { field, listField, textField } from "../../../src/kube/fields.ts";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { inspectCertificate } from "../../../src/resources/tls/inspect.ts";
import type { FakeKube } from "../fake-kube/fake-kube.ts";

/** How late a kubelet is. */
const projectionMs = 2_000;

/** By path in the volume. */
type Files = Readonly<Record<string, string>>;

interface Mount {
  readonly uid: string;
  files: Files;
  /** What it is to hold, and since when the kubelet could know. */
  next: { readonly files: Files; readonly since: number } | undefined;
  /** What the running member read when it started. */
  readonly trusted: Files;
}

export class FakeTls {
  readonly violations: string[] = [];
  readonly #fake: FakeKube;
  readonly #mounts = new Map<number, Mount>();
  readonly #issued = new Map<string, boolean>();

  constructor(fake: FakeKube) {
    this.#fake = fake;
  }

  /** The container of the pod starts. Throws where a kubelet could not mount its volume: nothing here waits for that. */
  start(ordinal: number, pod: KubeObject): void {
    const before = this.#mounts.get(ordinal);
    const uid = pod.metadata.uid ?? "";
    const files = before?.uid === uid ? before.files : this.#filesFor(pod);
    if (files === undefined) return;
    if (Object.values(files).includes("")) throw new Error(`${pod.metadata.name} can't mount its certificates`);
    this.#mounts.set(ordinal, { uid, files, next: undefined, trusted: { ...files } });
  }

  /** Time has passed: kubelets have brought what is new, and every pair of `running` members tries to talk. */
  refresh(running: readonly number[]): void {
    for (const ordinal of running) this.#project(ordinal);
    for (const server of running)
      for (const caller of running)
        for (const cert of ["peer/tls.crt", "peer/client.crt"])
          if (!this.#trusts(this.#mounts.get(server)?.trusted["peer/ca.crt"], this.#mounts.get(caller)?.files[cert]))
            this.violations.push(`member ${String(server)} turns away member ${String(caller)}, which shows ${cert}`);
  }

  /** Whether etcdctl in the pod of `via` can talk to the member `to`, under this name. */
  admits(via: number, to: number, host: string): boolean {
    const [client, server] = [this.#mounts.get(via), this.#mounts.get(to)];
    if (client === undefined || server === undefined) return true;
    const shown = server.files["server/tls.crt"] ?? "";
    return (
      this.#trusts(server.trusted["server/ca.crt"], client.files["client/tls.crt"]) &&
      this.#trusts(client.files["client/ca.crt"], shown) &&
      (!host.startsWith("127.") || inspectCertificate(shown).ipAddresses.includes(host))
    );
  }

  #trusts(bundle: string | undefined, certificate: string | undefined): boolean {
    if (bundle === undefined || certificate === undefined) return true;
    const key = `${bundle}\n${certificate}`;
    const known = this.#issued.get(key) ?? inspectCertificate(certificate).issuedBy(bundle);
    this.#issued.set(key, known);
    return known;
  }

  #project(ordinal: number): void {
    const mount = this.#mounts.get(ordinal);
    const pod = this.#fake.all(types.pod, "shop").find(({ metadata }) => metadata.uid === mount?.uid);
    const files = pod && this.#filesFor(pod);
    if (mount === undefined || files === undefined || Object.values(files).includes("")) return;
    const now = this.#fake.clock.now().getTime();
    if (mount.next === undefined || !same(mount.next.files, files)) mount.next = { files, since: now };
    if (now - mount.next.since >= projectionMs) mount.files = files;
  }

  /** As the Secrets are now; undefined where no TLS is mounted. What a Secret lacks is empty. */
  #filesFor(pod: KubeObject): Files | undefined {
    const volume = listField(pod["spec"], "volumes").find((one) => textField(one, "name") === "tls");
    if (volume === undefined) return undefined;
    const entries = listField(field(volume, "projected"), "sources").flatMap((source) => {
      const secret = field(source, "secret");
      const found = this.#fake.peek({ type: types.secret, namespace: "shop", name: textField(secret, "name") });
      return listField(secret, "items").map((item): readonly [string, string] => [
        textField(item, "path"),
        Buffer.from(textField(field(found, "data"), textField(item, "key")), "base64").toString("utf8"),
      ]);
    });
    return Object.fromEntries(entries);
  }
}

function same(a: Files, b: Files): boolean {
  return Object.entries(a).every(([path, text]) => b[path] === text);
}
