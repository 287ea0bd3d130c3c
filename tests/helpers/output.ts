/** What commands print, collected. */
import { noProgress } from "@/files/progress.ts";
import { createOutput, type Output } from "@/lab/commands/output.ts";

/** An output that keeps its lines, with the text so far. */
export function collectOutput(
  options: { isJson?: boolean } = {},
): { output: Output; text: () => string; notices: () => string } {
  const lines: string[] = [], notices: string[] = [];
  const output = createOutput({
    isJson: options.isJson ?? false,
    print: (line) => lines.push(line),
    complain: (line) => notices.push(line),
    startProgress: noProgress,
  });
  return { output, text: () => lines.join("\n"), notices: () => notices.join("\n") };
}
