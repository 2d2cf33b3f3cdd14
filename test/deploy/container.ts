import { DockerfileParser, type Instruction, type PropertyInstruction } from 'dockerfile-ast';
import type { Installed } from './installed.js';

/** What the image says of itself, as a container would be started from it. */
export interface Image {
  readonly env: Readonly<Record<string, string>>;
  /** The program, and what it is called with unless something else is said. */
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
  readonly user: string;
  readonly volume: string;
  readonly stopSignal: string;
}

/** Reads the last stage of a Dockerfile. */
export function imageOf(text: string): Image {
  const dockerfile = DockerfileParser.parse(text);
  const last = dockerfile.getFROMs().at(-1)?.getRange().start.line ?? 0;
  const stage = dockerfile.getInstructions().filter(({ getRange }) => getRange !== undefined);
  const inStage = stage.filter((one) => one.getRange().start.line > last);
  const argumentsOf = (keyword: string) =>
    inStage.findLast((one) => one.getKeyword() === keyword)?.getArgumentsContent() ?? '';
  return {
    env: Object.fromEntries(inStage.filter(isEnv).flatMap(variablesOf)),
    entrypoint: JSON.parse(argumentsOf('ENTRYPOINT')),
    command: JSON.parse(argumentsOf('CMD')),
    healthcheck: JSON.parse(argumentsOf('HEALTHCHECK').replace(/^[\s\S]*?CMD /, '')),
    user: argumentsOf('USER'),
    volume: argumentsOf('VOLUME'),
    stopSignal: argumentsOf('STOPSIGNAL'),
  };
}

function isEnv(instruction: Instruction): instruction is PropertyInstruction {
  return instruction.getKeyword() === 'ENV';
}

function variablesOf(instruction: PropertyInstruction): readonly (readonly [string, string])[] {
  return instruction
    .getProperties()
    .map((property) => [property.getName(), property.getValue() ?? ''] as const);
}

/** Where the image's programs are on this machine. */
export function commandHere(command: readonly string[], { program }: Installed): readonly string[] {
  const [name = '', ...rest] = command;
  if (name === 'keyturn') return [process.execPath, program, ...rest];
  return [name === 'node' ? process.execPath : name, ...rest];
}
