import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Job } from 'kubernetes-types/batch/v1.js';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { root } from '../docs/page.js';

/** Where the manifests are. */
export const FOLDER = join(root, 'deploy/kubernetes');

/** A manifest, as it was written. */
export interface Manifest {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly document: unknown;
}

// kustomize's own file, which is no resource of a cluster.
const NO_RESOURCE = 'Kustomization';

/** Every manifest that a cluster is given. @throws a file is no YAML, or repeats a name. */
export function allManifests(): readonly Manifest[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap(manifestsIn)
    .filter(({ kind }) => kind !== NO_RESOURCE);
}

/** The manifests in one file. */
function manifestsIn(file: string): readonly Manifest[] {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  return parseAllDocuments(text).map((parsed) => {
    const [fault] = [...parsed.errors, ...parsed.warnings];
    if (fault !== undefined) throw fault;
    const document: { readonly apiVersion: string; readonly kind: string } = parsed.toJS();
    return { file, apiVersion: document.apiVersion, kind: document.kind, document };
  });
}

/** The server, as a cluster would run it. */
export function deployment(): Deployment {
  const [found] = manifestsIn('deployment.yaml');
  const document: Deployment = Object(found?.document);
  return document;
}

/** The job that migrates. */
export function migrateJob(): Job {
  const [found] = manifestsIn('migrate.yaml');
  const document: Job = Object(found?.document);
  return document;
}

/**
 * What the Kubernetes API's own types, made of its OpenAPI document, say against manifests: a field
 * that there is not, that is missing, or of another kind.
 */
export function typeFaults(manifests: readonly Manifest[]): readonly string[] {
  const sources = new Map(
    manifests.map((one, index) => [
      join(root, 'test/deploy', `manifest-${index}.ts`),
      sourceOf(one),
    ]),
  );
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    types: [],
    lib: ['lib.es5.d.ts'], // Manifests need no more, and it is read in a tenth of the time.
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (name) => sources.has(name) || fileExists(name);
  host.getSourceFile = (name, version, ...rest) => {
    const text = sources.get(name);
    if (text === undefined) return getSourceFile.call(host, name, version, ...rest);
    return ts.createSourceFile(name, text, version);
  };
  const names = [...sources.keys()];
  const faults = ts.getPreEmitDiagnostics(ts.createProgram(names, options, host));
  return faults.map(({ file, messageText }) => {
    const manifest = manifests[names.indexOf(file?.fileName ?? '')];
    return `${manifest?.file}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

function sourceOf({ apiVersion, kind, document }: Manifest): string {
  const [group = '', version = 'v1'] = apiVersion.includes('/')
    ? apiVersion.split('/')
    : ['core', apiVersion];
  const folder = group.replace(/\.k8s\.io$/, '');
  const type = `import type { ${kind} } from 'kubernetes-types/${folder}/${version}.js';`;
  return `${type}\nexport const it: ${kind} = ${JSON.stringify(document)};\n`;
}
