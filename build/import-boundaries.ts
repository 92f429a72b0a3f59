/**
 * Who may import whom, as data: `eslint.config.js` turns each row into one `no-restricted-imports` rule and
 * `test/build/import-boundaries.test.ts` proves that each fires. Imports point down only:
 * `main → cli → reconcile → engines → {checks, backup, resources} → plan, api`.
 */

interface Pattern {
  /** Tested against the import specifier as written. */
  readonly regex: string;
  readonly message: string;
}

/** One ESLint config entry: the files it is for and what they may not import. */
export interface Boundary {
  readonly name: string;
  readonly files: readonly string[];
  readonly ignores?: readonly string[];
  readonly patterns: readonly Pattern[];
}

const layers = [
  "cli",
  "output",
  "reconcile",
  "engines",
  "checks",
  "backup",
  "resources",
  "plan",
  "api",
  "kube",
] as const;
type Layer = (typeof layers)[number];

/** The layers each layer may see. `kube` stands for its port: `kube-client.ts`, `objects.ts`, `fields.ts`. */
const mayImport: Readonly<Record<Layer, readonly Layer[]>> = {
  cli: ["cli", "output", "reconcile", "engines", "checks", "resources", "plan", "api", "kube"],
  output: ["output", "reconcile", "engines", "checks", "plan", "api", "kube"],
  reconcile: ["reconcile", "engines", "checks", "backup", "resources", "plan", "api", "kube"],
  engines: ["engines", "checks", "backup", "resources", "plan", "api", "kube"],
  checks: ["checks", "resources", "plan", "api", "kube"],
  backup: ["backup", "resources", "plan", "api", "kube"],
  resources: ["resources", "plan", "api", "kube"],
  plan: ["plan", "kube"],
  api: ["api", "plan", "kube"],
  kube: ["kube"],
};

const insteadOf: Readonly<Record<Layer, string>> = {
  cli: "cli is at the top: pass what you need from it as a parameter.",
  output: "Only cli renders: return data, or emit a PassEvent (reconcile/report.ts), and let cli print it.",
  reconcile: "reconcile is above this folder: take what you need as a parameter.",
  engines: "engines are above this folder: move what is shared into resources/ or plan/.",
  checks: "checks is a sibling or above: move what is shared into plan/.",
  backup: "backup is a sibling or above: move what is shared into resources/.",
  resources: "resources is above this folder: move what is shared into plan/ or api/.",
  plan: "plan is above this folder: kube knows no plans.",
  api: "api is a leaf beside plan: move what is shared into plan/.",
  kube: "kube is not for this folder.",
};

/** Third parties have one door each. */
const doors: readonly { readonly module: string; readonly door: string; readonly instead: string }[] = [
  { module: "commander", door: "src/cli/", instead: "commander only in src/cli/: take parsed options as a parameter." },
  {
    module: "@?inquirer(/.*)?",
    door: "src/cli/prompt.ts",
    instead: "inquirer only in src/cli/prompt.ts: take a Prompt as a parameter.",
  },
  { module: "chalk", door: "src/output/", instead: "chalk only in src/output/: use output/colour.ts." },
  { module: "ws", door: "src/kube/", instead: "ws only in src/kube/: use KubeClient.exec." },
  {
    module: "(https|socks)-proxy-agent",
    door: "src/kube/",
    instead: "proxy agents only in src/kube/: use ClusterAccess.agent.",
  },
  {
    module: "(@peculiar/x509|reflect-metadata)",
    door: "src/resources/tls/",
    instead: "@peculiar/x509 only in src/resources/tls/: use its functions.",
  },
  {
    module: "@kubernetes/client-node",
    door: "nowhere",
    instead: "client-node is not used: KubeClient (kube/kube-client.ts) speaks untyped JSON.",
  },
];

const noProcess: Pattern = {
  regex: "^(node:)?process$",
  message: "process only in src/main.ts: take streams, env and clock as parameters.",
};

const port: Pattern = {
  regex: "/kube/(?!(kube-client|objects|fields)\\.ts$)",
  message:
    "kube only through its port: import kube/kube-client.ts, objects.ts or fields.ts and take a KubeClient as a parameter.",
};

/** cli reads the types of the composition (flags → access); only main and cli/connect.ts may call the adapters. */
const cliPort: Pattern = {
  regex: "/kube/(?!(kube-client|objects|fields|access|host)\\.ts$)",
  message: "kube adapters only in src/main.ts and src/cli/connect.ts: take a Session (cli/deps.ts) as a parameter.",
};

const engineFolders: Pattern = {
  regex: "/engines/(?!(engine|index)\\.ts$)",
  message: "no engine by name outside src/engines/: go through engines/index.ts and the Engine contract.",
};

const outputView: Pattern = {
  regex: "/(engines/(?!engine\\.ts$)|reconcile/(?!(report|clock)\\.ts$))",
  message:
    "output renders plain data: only engines/engine.ts, reconcile/report.ts and reconcile/clock.ts may be seen from here.",
};

/** For files `depth` folders below `src/engines/`. */
const otherEngine = (depth: number): Pattern => ({
  regex: `^(\\.\\./){${depth}}(?!\\.\\./|engine\\.ts$)`,
  message: "an engine never imports another engine: move what is shared into resources/ as a pure function.",
});

interface Zone extends Omit<Boundary, "patterns"> {
  readonly layer: Layer;
  /** Beside what the layer forbids anyway. */
  readonly narrower: readonly Pattern[];
}

/** The files of each layer, split where a part of it may see more or less than the rest. */
const zones: readonly Zone[] = [
  { ...all("cli"), ignores: ["src/cli/prompt.ts", "src/cli/connect.ts"], narrower: [cliPort, engineFolders] },
  { name: "cli/prompt", layer: "cli", files: ["src/cli/prompt.ts"], narrower: [cliPort, engineFolders] },
  { name: "cli/connect", layer: "cli", files: ["src/cli/connect.ts"], narrower: [engineFolders] },
  { ...all("output"), narrower: [port, outputView] },
  { ...all("reconcile"), narrower: [port, engineFolders] },
  { name: "engines", layer: "engines", files: ["src/engines/*.ts"], narrower: [port] },
  ...[1, 2, 3].map((depth) => ({
    name: `engines, depth ${depth}`,
    layer: "engines" as const,
    files: [`src/engines/${"*/".repeat(depth)}*.ts`],
    narrower: [port, otherEngine(depth)],
  })),
  { ...all("checks"), narrower: [port] },
  { ...all("backup"), narrower: [port] },
  { ...all("resources"), ignores: ["src/resources/tls/**"], narrower: [port] },
  { name: "resources/tls", layer: "resources", files: ["src/resources/tls/**/*.ts"], narrower: [port] },
  { ...all("plan"), narrower: [port] },
  { ...all("api"), narrower: [port] },
  { ...all("kube"), narrower: [] },
];

/** Every boundary. A file falls under exactly one, because ESLint lets the last matching options win. */
export const boundaries: readonly Boundary[] = [
  ...zones.map(({ layer, narrower, ...where }) => ({
    ...where,
    patterns: [...upwards(layer), ...narrower, ...closedDoors(where.files[0] ?? ""), noProcess],
  })),
  {
    name: "errors",
    files: ["src/errors.ts"],
    patterns: [{ regex: "", message: "errors.ts is a leaf: it imports nothing." }],
  },
];

function all(layer: Layer): Pick<Zone, "name" | "layer" | "files"> {
  return { name: layer, layer, files: [`src/${layer}/**/*.ts`] };
}

function upwards(layer: Layer): Pattern[] {
  const forbidden = layers.filter((other) => !mayImport[layer].includes(other));
  return [
    ...forbidden.map((other) => ({ regex: `^\\.\\.?/(.*/)?${other}/`, message: insteadOf[other] })),
    { regex: "/main\\.ts$", message: "main.ts is the composition root: nothing imports it." },
  ];
}

function closedDoors(file: string): Pattern[] {
  return doors
    .filter(({ door }) => !file.startsWith(door))
    .map(({ module, instead }) => ({ regex: `^${module}$`, message: instead }));
}
