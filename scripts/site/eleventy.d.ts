// The part of Eleventy 3 that is used here: it brings no types of its own.
declare module '@11ty/eleventy' {
  interface PageData {
    readonly page: { readonly inputPath: string };
  }
  interface UserConfig {
    on(
      event: 'eleventy.config',
      run: (whole: { config: { markdownTemplateEngine: string | false } }) => void,
    ): void;
    setLibrary(engine: 'md', library: object): void;
    setIncludesDirectory(relativeToInput: string): void;
    setUseGitIgnore(isUsed: boolean): void;
    addTemplate(name: string, text: string): void;
    addGlobalData(name: 'layout', value: string): void;
    addGlobalData(
      name: 'eleventyComputed',
      value: Readonly<Record<string, (data: PageData) => unknown>>,
    ): void;
  }
  export class Eleventy {
    constructor(
      input: string,
      output: string | undefined,
      options: {
        readonly quietMode: boolean;
        readonly config: (config: UserConfig) => void;
      },
    );
    toJSON(): Promise<readonly { readonly url: string; readonly content: string }[]>;
  }
}
