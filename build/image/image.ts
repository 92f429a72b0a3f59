// npm run image [-- REFERENCE [FILE [DIST]]]: a container image of the executable that archives hold, for backups by schedule and for Jobs of
// your own, as an OCI archive: for `docker load`, `ctr images import`, `kind load image-archive`, or `skopeo copy oci-archive:…` to a
// registry. No container engine is needed. Beside the executable it holds the shared libraries that needs, from this machine. No shell.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { programBlob, writeExecutable } from "../package/executable.ts";
import { pluginMetadata, pluginVersion } from "../package/plugin-metadata.ts";
import { hostTarget } from "../package/targets.ts";
import { program, withFolders } from "./files.ts";
import { ociArchive } from "./oci.ts";
import type { TarEntry } from "./tar.ts";

const project = join(import.meta.dirname, "../..");
const [
  reference = `localhost/kubectl-dbop:${pluginVersion()}`,
  file = join(project, "kubectl-dbop-image.tar"),
  dist = join(project, "dist"),
] = process.argv.slice(2);

/** The one that the pods of databases run as, too. */
const user = "10001";

const work = mkdtempSync(join(tmpdir(), "dbop-image-"));
try {
  const target = hostTarget();
  if (target.os !== "linux") throw new Error("an image holds a Linux program: it is made on Linux");
  const executable = await writeExecutable(await programBlob({ dist, work }, target), target, work);
  const image = ociArchive({
    reference,
    architecture: target.arch,
    files: withFolders([...program("usr/bin/kubectl-dbop", executable), ...accounts()]),
    config: {
      User: `${user}:${user}`,
      Entrypoint: ["/usr/bin/kubectl-dbop"],
      Env: ["PATH=/usr/bin", "HOME=/tmp"],
      WorkingDir: "/tmp",
      Labels: {
        "org.opencontainers.image.title": "kubectl-dbop",
        "org.opencontainers.image.description": pluginMetadata().shortDescription,
        "org.opencontainers.image.version": pluginVersion(),
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.source": pluginMetadata().homepage,
      },
    },
  });
  writeFileSync(`${file}.new`, image);
  renameSync(`${file}.new`, file);
  process.stdout.write(`${reference} is in ${relative(process.cwd(), file)}\n`);
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** So that who runs it has a name. */
function accounts(): readonly TarEntry[] {
  const text = (path: string, content: string): TarEntry => ({
    kind: "file",
    path,
    content: Buffer.from(content),
    mode: 0o644,
  });
  return [
    text("etc/passwd", `root:x:0:0:root:/:/nonexistent\ndbop:x:${user}:${user}:dbop:/tmp:/nonexistent\n`),
    text("etc/group", `root:x:0:\ndbop:x:${user}:\n`),
  ];
}
