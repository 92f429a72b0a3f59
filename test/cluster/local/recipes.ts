import { must } from "../command.ts";
import { etcdImageVersions, versions } from "../versions.ts";
import { readFile } from "node:fs/promises";

/** How one set of programs is built. */
export type Recipe = GoRecipe | NodeRecipe;

interface Common {
  readonly name: string;
  readonly version: string;
  /** File name to build, and the package it comes from: a main package, or a file of an npm package. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Programs of an npm package of the recipe's name, each made into one file. */
export interface NodeRecipe extends Common {
  readonly language: "node";
  /** Packages it could load and here never does. */
  readonly without: readonly string[];
}

export interface GoRecipe extends Common {
  /** Absent, so that the folders of programs built before keep their names. */
  readonly language?: undefined;
  /** The file in `go/` that is the main program, when it is ours. */
  readonly main?: string;
  /** Modules the build asks for, with their versions. */
  readonly requires: Readonly<Record<string, string>>;
  /** Values linked into the program, such as its version. */
  readonly variables: Readonly<Record<string, string>>;
  /** Further names of the first output, which looks at the name it is called by. */
  readonly aliases?: readonly string[];
  /** Makes the `go.mod` when requiring the modules is not enough. */
  readonly goMod?: (env: NodeJS.ProcessEnv) => Promise<string>;
}

const componentVersion = "k8s.io/component-base/version";
const [kubernetesMajor = "", kubernetesMinor = ""] = versions.kubernetes.split(".");

export const kubernetesRecipe: GoRecipe = {
  name: "kubernetes",
  version: versions.kubernetes,
  main: "kubernetes.go.txt",
  requires: { "k8s.io/kubernetes": `v${versions.kubernetes}` },
  outputs: { kubernetes: "." },
  variables: {
    [`${componentVersion}.gitVersion`]: `v${versions.kubernetes}`,
    [`${componentVersion}.gitMajor`]: kubernetesMajor,
    [`${componentVersion}.gitMinor`]: kubernetesMinor,
    [`${componentVersion}.gitTreeState`]: "clean",
  },
  aliases: ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl"],
  goMod: kubernetesGoMod,
};

export const corednsRecipe: GoRecipe = {
  name: "coredns",
  version: versions.coredns,
  main: "coredns.go.txt",
  requires: { "github.com/coredns/coredns": `v${versions.coredns}` },
  outputs: { coredns: "." },
  variables: {},
};

export const localPathRecipe: GoRecipe = {
  name: "local-path-provisioner",
  version: versions.localPathProvisioner,
  requires: { "github.com/rancher/local-path-provisioner": `v${versions.localPathProvisioner}` },
  outputs: { "local-path-provisioner": "github.com/rancher/local-path-provisioner" },
  variables: { "main.VERSION": `v${versions.localPathProvisioner}` },
};

export const pauseRecipe: GoRecipe = {
  name: "pause",
  version: versions.pause,
  main: "pause.go.txt",
  requires: {},
  outputs: { pause: "." },
  variables: {},
};

export const rcloneRecipe: GoRecipe = {
  name: "rclone",
  version: versions.rclone,
  main: "rclone.go.txt",
  requires: { "github.com/rclone/rclone": `v${versions.rclone}` },
  outputs: { rclone: "." },
  variables: { "github.com/rclone/rclone/fs.Version": `v${versions.rclone}` },
};

export const fakeGcsServerRecipe: GoRecipe = {
  name: "fake-gcs-server",
  version: versions.fakeGcsServer,
  requires: { "github.com/fsouza/fake-gcs-server": `v${versions.fakeGcsServer}` },
  outputs: { "fake-gcs-server": "github.com/fsouza/fake-gcs-server" },
  variables: {},
};

export const azuriteRecipe: NodeRecipe = {
  language: "node",
  name: "azurite",
  version: versions.azurite,
  outputs: { "blob.js": "dist/src/blob/main.js" },
  without: ["pg-hstore"],
};

/** The server and its two clients, at one version. */
export function etcdRecipe(version: string): GoRecipe {
  const modules = ["server", "etcdctl", "etcdutl"].map((module) => `go.etcd.io/etcd/${module}/v3`);
  const [server = "", etcdctl = "", etcdutl = ""] = modules;
  return {
    name: "etcd",
    version,
    requires: Object.fromEntries(modules.map((module) => [module, `v${version}`])),
    outputs: { etcd: server, etcdctl, etcdutl },
    variables: {},
  };
}

/** What the images hold. */
export const imageRecipes: readonly Recipe[] = [
  pauseRecipe,
  rcloneRecipe,
  fakeGcsServerRecipe,
  azuriteRecipe,
  corednsRecipe,
  localPathRecipe,
  ...etcdImageVersions.map(etcdRecipe),
];

/** Everything a local cluster runs, the longest build first. */
export const recipes: readonly Recipe[] = [
  kubernetesRecipe,
  etcdRecipe(versions.controlPlaneEtcd),
  ...imageRecipes.filter(({ name, version }) => name !== "etcd" || version !== versions.controlPlaneEtcd),
];

/**
 * Kubernetes' own go.mod as ours: it replaces its libraries by folders beside it, which a module from a
 * proxy does not have, so they become the published versions of the same libraries.
 */
async function kubernetesGoMod(env: NodeJS.ProcessEnv): Promise<string> {
  const printed: unknown = JSON.parse(
    await must("go", ["mod", "download", "-json", `k8s.io/kubernetes@v${versions.kubernetes}`], { env }),
  );
  if (typeof printed !== "object" || printed === null || !("GoMod" in printed) || typeof printed.GoMod !== "string")
    throw new Error("go mod download did not say where it put the go.mod of k8s.io/kubernetes");
  return (await readFile(printed.GoMod, "utf8"))
    .replace("module k8s.io/kubernetes", "module dbop.test/kubernetes")
    .replaceAll(/(k8s\.io\/[\w-]+) => \.\/staging\/src\/\S+/g, `$1 => $1 v${versions.kubernetesLibraries}`)
    .replace("require (", `require (\n\tk8s.io/kubernetes v${versions.kubernetes}`);
}
