import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactBody, redactJson, redactText, secretValues } from "../../src/kube/redact.ts";

const encoded = (value: string): string => Buffer.from(value).toString("base64");

describe("redactJson", () => {
  it("hides Secret data in objects, lists and watch events, and credentials anywhere", () => {
    const secret = { kind: "Secret", metadata: { name: "s" }, data: { a: "x1" }, stringData: { b: "x2" } };
    const values = {
      event: { type: "ADDED", object: secret },
      list: { kind: "SecretList", items: [{ metadata: { name: "s" }, data: { a: "x3" } }] },
      applied: { metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "x4" } } },
      token: { status: { token: "x5" } },
      env: [{ name: "DB_PASSWORD", value: "x6" }],
      s3: { secretAccessKey: "x7", bucket: "kept" },
      config: { kind: "ConfigMap", data: { a: "kept" } },
    };
    const shown = JSON.stringify(redactJson(values));
    expect(shown).not.toMatch(/x\d/);
    expect(shown.match(/kept/g)?.length).toBe(2);
  });

  it("says nothing of text that is not JSON", () => {
    expect(redactBody("token: abc")).toBe("<10 characters that are not JSON>");
    expect(redactBody("")).toBe("");
  });
});

describe("redactText", () => {
  const secret = {
    kind: "Secret",
    data: { a: encoded("hunter22") },
    stringData: { b: 'quo"te\nd', c: "x", d: ["deep-value"] },
  };

  it("hides values as written, decoded and quoted", () => {
    const message = `invalid: "${encoded("hunter22")}" hunter22 "quo\\"te\\nd" "x" extra [deep-value]`;
    expect(redactText(message, secretValues(secret))).toBe(
      'invalid: "<redacted>" <redacted> "<redacted>" "<redacted>" extra [<redacted>]',
    );
  });

  it("cuts the bytes a decoding error quotes", () => {
    const message = 'cannot decode: bad, error found in #10 byte of ...|a":"hunt|..., bigger context ...|hunter2';
    expect(redactText(message, secretValues(secret))).toBe("cannot decode: bad");
  });

  it("leaves other objects' messages alone", () => {
    expect(secretValues({ kind: "ConfigMap", data: { a: "shown" } })).toEqual([]);
    expect(redactText("shown", [])).toBe("shown");
  });

  it("leaves no value of four characters or more in any message", () => {
    const value = fc.string({ minLength: 4, maxLength: 20 }).filter((one) => !"<redacted>".includes(one));
    fc.assert(
      fc.property(value, fc.string(), fc.string(), (one, before, after) => {
        const values = secretValues({ kind: "Secret", stringData: { one } });
        expect(redactText(before + one + after, values)).not.toContain(one);
      }),
    );
  });
});
