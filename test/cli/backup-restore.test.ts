import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/cli/exit-code.ts";
import { parseManifest, renderManifest } from "../../src/backup/manifest.ts";
import { runCli } from "../support/cli.ts";
import { aManifest } from "../support/backup-model/a-manifest.ts";

const demo = { name: "demo", namespace: "default" };
const taking = { ...demo, location: "nightly", verify: "structural" };
const noon = { by: "name", backup: "noon" };
const place = { by: "place", locationName: "nightly", path: "demo/etcd/20261121T093825Z-701bec31" };
const fromPlace = `--from-location nightly --path ${place.path}`;
const asNew = { ...demo, inPlace: false, change: {}, bumpRevision: false };
const inPlace = { ...demo, inPlace: true, from: noon, bumpRevision: true, lastBackup: true, again: false };

describe("argv to request", () => {
  it.each<[argv: string, verb: string, request: unknown]>([
    ["backup demo --to nightly", "backup", taking],
    ["backup demo --to nightly --verify none", "backup", { ...taking, verify: "none" }],
    ["backup demo --to nightly --name noon --keep 7", "backup", { ...taking, backupName: "noon", keep: 7 }],
    ["backup list --to nightly", "backup", { ...taking, name: "list" }],
    ["backup list", "backups", { namespace: "default" }],
    ["backup list demo -n prod", "backups", { name: "demo", namespace: "prod" }],
    ["backup list --location nightly", "storedBackups", { namespace: "default", location: "nightly" }],
    ["backup list demo --location nightly", "storedBackups", { ...demo, location: "nightly" }],
    ["backup --print-rbac", "rbac", "backup"],
    ["restore demo --from noon", "restore", { ...asNew, from: noon }],
    [`restore demo ${fromPlace}`, "restore", { ...asNew, from: place }],
    [
      "restore demo --from noon --replicas 1 --tls disabled --bump-revision",
      "restore",
      { ...asNew, from: noon, change: { replicas: 1, tls: { mode: "disabled" } }, bumpRevision: true },
    ],
    ["restore --print-rbac", "rbac", "restore"],
    ["restore demo --in-place --from noon", "restoreInPlace", inPlace],
    [`restore demo --in-place ${fromPlace}`, "restoreInPlace", { ...inPlace, from: place }],
    ["restore demo --in-place --from noon --keep-revision", "restoreInPlace", { ...inPlace, bumpRevision: false }],
    ["restore demo --in-place --from noon --without-last-backup", "restoreInPlace", { ...inPlace, lastBackup: false }],
    ["restore demo --in-place --from noon --again", "restoreInPlace", { ...inPlace, again: true }],
    ["restore --in-place --print-rbac", "rbac", "restore-in-place"],
  ])("kubectl dbop %s", async (argv, verb, request) => {
    const run = await runCli(argv);
    expect(run.stderr).not.toContain("error");
    expect(run.calls).toEqual([[verb, request]]);
    expect(run.code).toBe(0);
  });
});

const grades = "none, integrity, structural, functional";
const source = "what to restore is required: --from BACKUP, or --from-location LOCATION with --path PATH";
const isNew = "goes with a new database: --in-place changes its data alone";

describe("what makes no sense", () => {
  it.each<[argv: string, ...problems: string[]]>([
    ["backup", "NAME is required", "required flag --to is not set"],
    ["backup demo", "required flag --to is not set"],
    ["backup demo --to Nightly", 'invalid value "Nightly" for --to'],
    ["backup demo --to nightly --verify all", `invalid value "all" for --verify: must be one of ${grades}`],
    ["backup demo --to nightly --keep 0", 'invalid value "0" for --keep: must be a whole number from 1 to 10000'],
    ["backup demo --to nightly --name Noon", 'invalid value "Noon" for --name'],
    ["backup demo --to a --location b", "--location goes with backup list only: --to names where a backup goes"],
    ["backup demo other --to nightly", 'unexpected argument "other": one NAME at most'],
    ["backup list --keep 3", "--keep goes with a backup that is taken: backup NAME --to LOCATION"],
    ["backup list --verify none", "--verify goes with a backup that is taken: backup NAME --to LOCATION"],
    ["backup list demo other", 'unexpected argument "other": one NAME at most'],
    ["backup list --location N", 'invalid value "N" for --location'],
    ["restore demo", source],
    ["restore --from noon", "NAME is required"],
    ["restore demo --from-location nightly", source],
    ["restore demo --path demo/etcd/x", source],
    ["restore demo --from noon --path x", "--path can't be given together with --from"],
    [`restore demo --from noon ${fromPlace}`, "--from-location can't", "--path can't"],
    ["restore demo --from-location nightly --path ../up", 'invalid value "../up" for --path'],
    ["restore demo --from noon --again", "--again goes with --in-place only"],
    ["restore demo --from noon --keep-revision", "--keep-revision goes with --in-place only"],
    ["restore demo --from noon --without-last-backup", "--without-last-backup goes with --in-place only"],
    ["restore demo --in-place --from noon --replicas 1", `--replicas ${isNew}`],
    ["restore demo --in-place --from noon --version 3.7.3 --tls disabled", `--version ${isNew}`, `--tls ${isNew}`],
    ["restore demo --in-place --from noon --bump-revision --keep-revision", "--keep-revision can't be given together"],
  ])("kubectl dbop %s", async (argv, ...problems) => {
    const run = await runCli(argv);
    for (const problem of problems) expect(run.stderr).toContain(problem);
    expect(run.stderr.startsWith(problems.length === 1 ? "error: " : `error: ${problems.length} problems`)).toBe(true);
    expect(run.calls).toEqual([]);
    expect(run.code).toBe(ExitCode.Usage);
  });
});

describe("what is at a location", () => {
  const parsed = parseManifest(renderManifest(aManifest));
  if (!parsed.ok) throw new Error("the manifest can't be read");
  const storedBackups = () =>
    Promise.resolve([
      { path: "demo/etcd/one", manifest: parsed.value, amiss: [] },
      { path: "demo/etcd/two", manifest: undefined, amiss: [] },
    ]);
  const listed = (flags = "") => runCli(`backup list --location nightly ${flags}`, { verbs: { storedBackups } });

  it("is a table, in which what can't be read is seen", async () => {
    expect((await listed()).stdout).toMatchInlineSnapshot(`
      "PATH            DATABASE   VERSION   VERIFIED     BYTES    HOLDS         AGE
      demo/etcd/one   demo       3.6.16    structural   20520    revision 21   0s
      demo/etcd/two   <none>     <none>    unreadable   <none>   <none>        <none>
      "
    `);
    expect((await listed("-o wide")).stdout).toMatchInlineSnapshot(`
      "PATH            DATABASE   VERSION   VERIFIED     BYTES    HOLDS         NAMESPACE   IDENTITY   AGE
      demo/etcd/one   demo       3.6.16    structural   20520    revision 21   shop        c1         0s
      demo/etcd/two   <none>     <none>    unreadable   <none>   <none>        <none>      <none>     <none>
      "
    `);
  });

  it("is paths for a script, and documents", async () => {
    expect((await listed("-o name")).stdout).toBe("demo/etcd/one\ndemo/etcd/two\n");
    const document: unknown = JSON.parse((await listed("-o json")).stdout);
    expect(document).toMatchObject({
      kind: "List",
      items: [{ path: "demo/etcd/one", manifest: { consistencyPoint: "revision 21" } }, { path: "demo/etcd/two" }],
    });
  });

  it("is no good backup when a file of it is not there", async () => {
    const broken = () => Promise.resolve([{ path: "demo/etcd/one", manifest: parsed.value, amiss: ["data/db"] }]);
    const show = async (flags = "") =>
      (await runCli(`backup list --location nightly ${flags}`, { verbs: { storedBackups: broken } })).stdout;
    expect(await show()).toContain("incomplete");
    expect(await show()).not.toContain("structural");
    expect(JSON.parse(await show("-o json"))).toMatchObject({ items: [{ amiss: ["data/db"] }] });
  });

  it("is said to be nothing on stderr", async () => {
    const run = await runCli("backup list --location nightly", { verbs: { storedBackups: () => Promise.resolve([]) } });
    expect(run).toMatchObject({ code: 0, stdout: "", stderr: "No backups found at nightly.\n" });
    const named = await runCli("backup list demo --location nightly", {
      verbs: { storedBackups: () => Promise.resolve([]) },
    });
    expect(named).toMatchObject({ code: 0, stdout: "", stderr: "No backups of demo found at nightly.\n" });
  });
});
