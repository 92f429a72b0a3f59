// Lint rules: docs/architecture.md says why each boundary is where it is. Ask before disabling one; a disable needs a reason.
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";
import { boundaries } from "./build/import-boundaries.ts";

const noDefaultExport = {
  "no-restricted-exports": [
    "error",
    { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true, namespaceFrom: true } },
  ],
};

const typescript = {
  files: ["**/*.ts"],
  extends: [tseslint.configs.strictTypeChecked],
  languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  linterOptions: { reportUnusedDisableDirectives: "error" },
  rules: {
    "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "@typescript-eslint/consistent-type-imports": "error",
    "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: "only-allowed-literals" }],
    eqeqeq: "error",
    "no-var": "error",
    "prefer-const": "error",
    ...noDefaultExport,
  },
};

const sizes = {
  name: "sizes",
  files: ["src/**/*.ts", "build/**/*.ts"],
  rules: {
    "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
    "max-lines-per-function": ["error", { max: 40, skipBlankLines: true, skipComments: true }],
    complexity: ["error", 10],
    "max-depth": ["error", 3],
    "max-params": ["error", 3],
  },
};

const assertions = {
  name: "no type assertions but `as const`",
  files: ["src/**/*.ts"],
  rules: { "@typescript-eslint/consistent-type-assertions": ["error", { assertionStyle: "never" }] },
};

const noMachine = {
  name: "no process, no console",
  files: ["src/**/*.ts"],
  ignores: ["src/main.ts"],
  rules: {
    "no-restricted-globals": [
      "error",
      { name: "process", message: "process only in src/main.ts: take streams, env and clock as parameters." },
      { name: "console", message: "console only in src/main.ts: write to the streams you were given." },
      { name: "fetch", message: "fetch costs 20 ms and knows no client certificates: use KubeClient." },
    ],
  },
};

const engineName = {
  selector: "Literal[value=/^(etcd|postgresql|mariadb|mysql|valkey|redis|cassandra|mongodb|vitess)$/]",
  message: "no engine by name outside src/engines/: go through engines/index.ts.",
};

const impure = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: "a plan is pure: take `now` as a parameter.",
  },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: "a plan is pure: take `now` as a parameter.",
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: "a plan is pure: derive it from the spec or the observation.",
  },
];

const tests = {
  name: "tests",
  files: ["test/**/*.ts"],
  rules: {
    "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
    "no-restricted-properties": [
      "error",
      { object: "vi", property: "mock", message: "no mocks of our own modules: pass a fake (test/support/)." },
      { object: "vi", property: "doMock", message: "no mocks of our own modules: pass a fake (test/support/)." },
      { object: "vi", property: "spyOn", message: "no mocks of our own modules: pass a fake (test/support/)." },
    ],
  },
};

export default defineConfig(
  globalIgnores(["dist/", "release/", "node_modules/", ".tmp/"]),
  typescript,
  sizes,
  ...boundaries.map(({ patterns, ...where }) => ({
    ...where,
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] },
  })),
  assertions,
  noMachine,
  {
    name: "engine names",
    files: ["src/**/*.ts"],
    ignores: ["src/engines/**", "src/plan/**"],
    rules: { "no-restricted-syntax": ["error", engineName] },
  },
  {
    name: "pure plans",
    files: ["src/plan/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", engineName, ...impure] },
  },
  {
    name: "pure plans of engines",
    files: ["src/engines/*/plan.ts", "src/engines/*/plan/**/*.ts", "src/resources/**/*.ts"],
    ignores: ["src/resources/tls/**"],
    rules: { "no-restricted-syntax": ["error", ...impure] },
  },
  tests,
  { name: "config files", files: ["*.config.ts", "*.config.js"], rules: { "no-restricted-exports": "off" } },
);
