import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { parseSimpleYaml, unsure } from "../../src/kube/simple-yaml.ts";
import { kubeconfigs } from "./host-fixture.ts";

/** What the yaml package says, set as `parseJsonOrYaml` sets it; {@link unsure} where it finds a fault. */
function full(text: string): unknown {
  const [document] = parseAllDocuments(text, { version: "1.1", uniqueKeys: false, logLevel: "silent" });
  if (document === undefined) return {};
  return document.errors.length > 0 ? unsure : document.toJS();
}

const understood = `---
# as the cloud command lines write it
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTi==
    server: https://10.0.0.1:6443/prefix?a=b#c
  name: arn:aws:eks:eu-west-1:123456789012:cluster/prod

- cluster: {}
  name: 'it''s'
contexts: []
current-context: "a \\"b\\" \\u00e9"
empty:
nested:
  - - 1
    - two words
  -   deep: yes-man
      flag: true
      nothing: null
users:
  - name: gke_project_zone
    user:
      exec:
        args:
        - --tenant
        - -v
        - "1"
        env: null
        installHint: Install gke-gcloud-auth-plugin for use with kubectl by following
          https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin
          today
        provideClusterInfo: false
`;

const doubtful: readonly string[] = [
  "a: &x 1\nb: *x",
  "a: |\n  b",
  "a: >-\n  b",
  "a: [1, 2]",
  "a: {b: c}",
  "a:\tb",
  "a: b # c",
  "a: b: c",
  "a: yes",
  "a: 010",
  "a: 0x10",
  "a: 1.5",
  "a: 1e3",
  "a: 2020-01-01",
  "a: 12:30",
  "a: ~",
  "a: .inf",
  "a: !t b",
  "? a",
  "a: 'b",
  'a: "\\x41"',
  "a: b\n\n  c",
  "a: b\n---\nc: d",
  "a: 1\na: 2",
  "yes: 1",
  "1: 2",
  "- a\nb: c",
  "a:\n  b: c\n d: e",
  "  a: b",
  "a\nb",
  "- ",
  "%YAML 1.1\n---\na: b",
  "a: `b",
  "a: @b",
  "<<: b",
  "a: 10.0.0.1",
  "a: 1_000",
  '"a": b',
  "a: -1",
  "a: +1",
  "- a: b\n   c: d",
  "a: b\r",
  "\uFEFFa: b",
];

describe("parseSimpleYaml", () => {
  it("reads what kubectl and the cloud command lines write", () => {
    const value = parseSimpleYaml(understood);
    expect(value).not.toBe(unsure);
    expect(value).toEqual(full(understood));
  });

  it.each(doubtful)("leaves %j to the full parser, or agrees with it", (text) => {
    const value = parseSimpleYaml(text);
    if (value !== unsure) expect(value).toEqual(full(text));
  });

  it.each(doubtful.slice(0, 24))("does not guess at %j", (text) => {
    expect(parseSimpleYaml(text)).toBe(unsure);
  });

  it("agrees with the full parser on every fixture it is sure of", () => {
    const files = readdirSync(kubeconfigs).filter((name) => name.endsWith(".yaml"));
    for (const name of files) {
      const text = readFileSync(join(kubeconfigs, name), "utf8");
      const value = parseSimpleYaml(text);
      if (value !== unsure) expect({ name, value }).toEqual({ name, value: full(text) });
    }
  });

  it("agrees with the full parser on whatever that prints", () => {
    const leaf = fc.oneof(
      fc.string(),
      fc.lorem({ maxCount: 30 }),
      fc.constantFrom("v1", "yes", "1", "a: b", "- x", "#", "null", "x # y", "https://a:1"),
      fc.boolean(),
      fc.nat(),
      fc.constant(null),
    );
    const key = fc.constantFrom("name", "cluster", "user", "certificate-authority-data", "a.b/c", "on", "A_1");
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
      ),
    }));
    const layout = fc.record({
      indentSeq: fc.boolean(),
      lineWidth: fc.constantFrom(0, 80),
      indent: fc.constantFrom(2, 4),
    });
    fc.assert(
      fc.property(fc.dictionary(key, tree, { minKeys: 1 }), layout, (value, options) => {
        const text = stringify(value, { version: "1.1", ...options });
        const got = parseSimpleYaml(text);
        if (got !== unsure) expect(got).toEqual(full(text));
      }),
      { numRuns: 1000 },
    );
  });

  it("agrees with the full parser on mutilated files", () => {
    const at = fc.nat({ max: understood.length });
    const splice = fc.tuple(
      at,
      fc.nat({ max: 12 }),
      fc.constantFrom("", " ", "\n", "- ", ": ", "'", '"', "{", "#", "\n  ", "1", "~"),
    );
    fc.assert(
      fc.property(fc.array(splice, { minLength: 1, maxLength: 3 }), (splices) => {
        const text = splices.reduce(
          (all, [start, length, put]) => all.slice(0, start) + put + all.slice(start + length),
          understood,
        );
        // A plain `e1` is a string in YAML 1.1, as client-go has it; the yaml package takes it for a float and reads NaN.
        fc.pre(!/(?<!\S)[eE][-+]?\d+(?!\w)/.test(text));
        const got = parseSimpleYaml(text);
        if (got !== unsure) expect(got).toEqual(full(text));
      }),
      { numRuns: 2000 },
    );
  });
});
