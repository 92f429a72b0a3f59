/**
 * Where on its claim a member keeps its data. There are two places, so that a backup can be restored into one while the other is in use or is
 * kept: which of them counts is written on the claim itself, beside whose data it is, and changes in one write. Nothing is ever moved.
 */
export type DataDirectory = (typeof dataDirectories)[number];

export const dataDirectories = ["data", "data2"] as const;

/** Where a claim without a mark has it, and every member that starts from nothing. */
export const firstDirectory: DataDirectory = "data";

export const dataMount = "/var/lib/etcd";

export function otherDirectory(directory: DataDirectory): DataDirectory {
  return directory === "data" ? "data2" : "data";
}

export function directoryPath(directory: DataDirectory): string {
  return `${dataMount}/${directory}`;
}

/** Undefined for anything but one of the two. */
export function readDirectory(text: string | undefined): DataDirectory | undefined {
  return dataDirectories.find((one) => one === text);
}
