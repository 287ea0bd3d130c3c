/**
 * What is said when a command was stopped.
 *
 * @module
 */

/** Commands that may take long, which Ctrl-C and SIGTERM end in order. */
export const longCommands: readonly string[] = [
  ...["run", "scenarios", "demo", "audit", "backbone", "data", "predict", "extend"],
];

/** What is kept of a command that was stopped, and how to go on. */
export function stopMessage(name: string): string {
  if (name === "predict") return `Cannot finish "predict": stopped; a file of --out is not made`;
  if (name === "extend") return `Cannot finish "extend": stopped; nothing was written`;
  const kept = ["run", "scenarios", "demo"].includes(name)
    ? "earlier results stay, features and memory banks in the cache are kept"
    : "earlier results and complete files stay";
  return `Cannot finish "${name}": stopped; ${kept}, and the same command goes on from there`;
}
