import { glob, readFile } from 'node:fs/promises';
import { basename } from 'node:path';

export const RUNBOOK = 'src/handlers/runbook';

/** The five questions that each page answers. */
export const SECTIONS = [
  'What it means for keys',
  'How long there is',
  'What to look at',
  'What to do',
  'How to see that it is over',
];

/** A query for CloudWatch Logs Insights: the fields that it names, and the log lines for which it asks. */
export type LogQuery = Readonly<{
  fields: readonly string[];
  messages: readonly string[];
  /** Whether it asks for the line that each request leaves. */
  isOfRequests: boolean;
}>;

export type Page = Readonly<{
  file: string;
  title: string;
  /** The alarms that its title names. */
  alarms: readonly string[];
  text: string;
  commands: readonly string[];
  queries: readonly LogQuery[];
}>;

/** The pages of the runbook, without its index. */
export async function runbookPages(): Promise<Page[]> {
  const pages: Page[] = [];
  for await (const path of glob(`${RUNBOOK}/*.md`)) {
    const text = await readFile(path, 'utf8');
    if (basename(path) !== 'README.md') pages.push(readPage(basename(path), text));
  }
  return pages;
}

function readPage(file: string, text: string): Page {
  const [, title = ''] = /^# (.*)$/m.exec(text) ?? [];
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, kind, content = '']) => ({
    kind,
    content,
  }));
  return {
    file,
    title,
    alarms: title.match(/\w+Alarm\b/g) ?? [],
    text,
    commands: blocks.filter(({ kind }) => kind === 'sh').flatMap(({ content }) => commandsIn(content)),
    queries: blocks.filter(({ kind }) => kind === '').map(({ content }) => readQuery(content)),
  };
}

/** The commands of a shell block, one each; a line that ends with a backslash goes on. */
function commandsIn(block: string): string[] {
  const lines = block.replaceAll(/\\\n\s*/g, '').split('\n');
  return lines
    .filter((line) => !/^(|done|\w+=".*"|for \w+ in .*; do)$/.test(line))
    .map((line) => /^export \w+=\$\((.*)\)$/.exec(line)?.[1] ?? line.trim());
}

function readQuery(text: string): LogQuery {
  const named = text.replaceAll(/"[^"]*"|\/[^/\n]*\//g, '').match(/@?[a-zA-Z][\w.]*/g) ?? [];
  const words = new Set('fields filter sort limit desc like and or ispresent'.split(' '));
  return {
    fields: [...new Set(named.filter((name) => !words.has(name)))],
    messages: [...text.matchAll(/\bmessage = "([^"]*)"/g)].map(([, message = '']) => message),
    isOfRequests: /message = "request"|filter (rotation\.status|problem) /.test(text),
  };
}
