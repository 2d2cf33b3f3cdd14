import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  type ModuleMetadata,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import type { Keyturn } from '../public.js';
import { requireKeyturn } from './options.js';

/**
 * By this token Nest injects the Keyturn: `constructor(@Inject(KEYTURN) private keyturn: Keyturn)`.
 * @public
 */
export const KEYTURN = Symbol.for('KEYTURN of KeyturnModule');

/** How Nest makes the Keyturn, from what else it has. */
export type KeyturnModuleOptions = Pick<ModuleMetadata, 'imports'> &
  Pick<FactoryProvider<Keyturn>, 'inject' | 'useFactory'>;

/**
 * Gives the Keyturn to every module, and closes it when the application ends.
 * @public
 */
export class KeyturnModule implements OnApplicationShutdown {
  readonly #keyturn: Keyturn;

  constructor(keyturn: Keyturn) {
    this.#keyturn = keyturn;
  }

  static forRoot(keyturn: Keyturn): DynamicModule {
    return moduleOf({ provide: KEYTURN, useValue: requireKeyturn(keyturn) });
  }

  static forRootAsync(options: KeyturnModuleOptions): DynamicModule {
    const { imports = [], inject = [], useFactory } = options;
    const make: typeof useFactory = async (...injected) =>
      requireKeyturn(await useFactory(...injected));
    return moduleOf({ provide: KEYTURN, useFactory: make, inject }, imports);
  }

  /** Flushes usage; nothing is lost. */
  onApplicationShutdown(): Promise<void> {
    return this.#keyturn.close();
  }
}
Module({})(KeyturnModule);
Inject(KEYTURN)(KeyturnModule, undefined, 0);

function moduleOf(provider: Provider, imports: DynamicModule['imports'] = []): DynamicModule {
  return {
    module: KeyturnModule,
    global: true,
    imports,
    providers: [provider],
    exports: [KEYTURN],
  };
}
