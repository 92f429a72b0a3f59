/** The bench's table: for the terminal, and as docs/measured.md. */
import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";
import { etcdVersions } from "../cluster/provider.ts";
import { versions } from "../cluster/versions.ts";
import { boundText, isReached, measuredText, type Figure } from "./figure.ts";

export function textReport(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [reached(figure), measuredText(figure), boundText(figure), figure.title]);
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = [width(0), width(1), width(2), 0];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** @param loadBefore the load average when the bench began: its own work raises it. */
export function markdownReport(figures: readonly Figure[], loadBefore: number, now: Date): string {
  const rows = figures.map((figure) => [
    figure.title,
    boundText(figure),
    measuredText(figure),
    reached(figure),
    `\`${figure.command}\``,
  ]);
  return [
    "# Measured",
    "",
    "Written by `npm run bench -- --write`. Medians with the least and the most; what is compared was run in turn,",
    "with `NODE_EXTRA_CA_CERTS` unset. A figure without a bound is there to read the others by.",
    "",
    ...facts(loadBefore, now).map((fact) => `- ${fact}`),
    "",
    ...table([["figure", "bound", "measured", "reached", "how"], ...rows]),
    "",
  ].join("\n");
}

function reached(figure: Figure): string {
  if (figure.bound === undefined) return "";
  return isReached(figure) ? "yes" : "NO";
}

function facts(loadBefore: number, now: Date): readonly string[] {
  const processors = cpus();
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const gibibytes = Math.round(totalmem() / 1024 ** 3);
  return [
    `${now.toISOString().slice(0, 16).replace("T", " ")} UTC, commit ${commit}`,
    `${String(processors.length)} × ${processors[0]?.model ?? "unknown"}, ${String(gibibytes)} GiB, Linux ${release()}`,
    `Node ${process.versions.node}, Kubernetes ${versions.kubernetes}, etcd ${etcdVersions["3.6"]}`,
    `load ${loadBefore.toFixed(1)} when it began, ${(loadavg()[0] ?? 0).toFixed(1)} when it ended`,
  ];
}

/** Cells padded the way Prettier wants them. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.slice(1).map(line)];
}
