import { describe, expect, it } from "vitest";
import { apiError } from "../../src/kube/api-error.ts";
import { types } from "../../src/kube/objects.ts";
import { statusBody } from "../support/scripted-server.ts";

const attempted = { doing: "apply configmap/a", safe: false };
const refused = (
  code: number,
  reason: string,
  message: string,
  details: object = {},
): { status: number; body: string } => ({
  status: code,
  body: JSON.stringify(statusBody(code, reason, message, details)),
});

describe("apiError", () => {
  // words as Kubernetes 1.34.4 gave them
  it.each([
    [401, "Unauthorized", "Unauthorized", "Unauthorized"],
    [403, "Forbidden", 'pods is forbidden: User "u" cannot list resource "pods" in API group ""', "Forbidden"],
    [404, "NotFound", 'namespaces "nope" not found', "NotFound"],
    [409, "AlreadyExists", 'configmaps "a" already exists', "AlreadyExists"],
    [409, "Conflict", "the object has been modified", "Conflict"],
    [400, "BadRequest", "illegal base64 data at input byte 7", "Invalid"],
    [422, "Invalid", "is invalid", "Invalid"],
    [413, "RequestEntityTooLarge", "too large", "Invalid"],
    [405, "MethodNotAllowed", "not allowed", "ServerError"],
    [429, "TooManyRequests", "too many requests", "ServerError"],
    [500, "InternalError", "failed calling webhook", "ServerError"],
    [504, "Timeout", "request did not complete within the allotted timeout", "Unknown"],
  ])("reads %d %s", (code, reason, message, expected) => {
    expect(apiError(refused(code, reason, message, { name: "a" }), attempted)).toMatchObject({
      reason: expected,
      message: `apply configmap/a: ${message}`,
    });
  });

  it("names each field in conflict, its manager, and the three ways out", () => {
    const causes = [
      { reason: "FieldManagerConflict", message: 'conflict with "kubectl" using apps/v1', field: ".spec.replicas" },
      {
        reason: "FieldManagerConflict",
        message: 'conflict with "hpa" with subresource "scale" using apps/v1',
        field: ".spec.paused",
      },
    ];
    const error = apiError(refused(409, "Conflict", "Apply failed with 2 conflicts", { causes }), attempted);
    expect(error.problems).toEqual([
      '.spec.replicas: managed by "kubectl" using apps/v1',
      '.spec.paused: managed by "hpa" with subresource "scale" using apps/v1',
    ]);
    expect(error.hint).toMatch(/leave these fields out, or .* both own them, or .* --force-conflicts/);
  });

  it("lists validation causes with their fields, each once", () => {
    const cause = { reason: "FieldValueInvalid", message: "Invalid value: -1", field: "spec.replicas" };
    const error = apiError(
      refused(422, "Invalid", "is invalid", { causes: [cause, cause, { message: "no field" }] }),
      attempted,
    );
    expect(error.problems).toEqual(["spec.replicas: Invalid value: -1", "no field"]);
  });

  it.each<[string, readonly string[]]>([
    [
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo", unknown field "bar"',
      ['unknown field "foo"', 'unknown field "bar"'],
    ],
    [
      "failed to create typed patch object (demo/a; /v1, Kind=ConfigMap): .foo: field not declared in schema",
      [".foo: field not declared in schema"],
    ],
    [
      "failed to create typed patch object (demo/a; /v1, Kind=Secret): errors:\n  .data.a: expected string, got 5\n  .b: no",
      [".data.a: expected string, got 5", ".b: no"],
    ],
  ])("takes apart: %s", (message, problems) => {
    expect(apiError(refused(500, "", message), attempted).problems).toEqual(problems);
  });

  it("takes an immutable uid for what it is to us: another object", () => {
    const causes = [{ reason: "FieldValueInvalid", message: "field is immutable", field: "metadata.uid" }];
    expect(apiError(refused(422, "Invalid", "is invalid", { causes }), attempted).reason).toBe("Conflict");
  });

  it("makes something of answers that are no Status", () => {
    const page = { status: 502, body: "<html><h1>Bad Gateway</h1></html>" };
    expect(apiError(page, { ...attempted, safe: true }).message).toBe("apply configmap/a: the server answered 502");
    const line = { status: 403, body: "blocked by policy\nmore" };
    expect(apiError(line, attempted).message).toBe("apply configmap/a: the server answered 403: blocked by policy");
    const missing = { status: 404, body: "404 page not found" };
    expect(apiError(missing, { ...attempted, type: types.lease }).message).toContain(
      'type "leases" in coordination.k8s.io/v1',
    );
  });
});
