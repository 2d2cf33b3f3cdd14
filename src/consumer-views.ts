/** What a consumer did with one secret of a key. */
interface ConsumerOfSecret {
  /** The secret's number. */
  readonly secret: number;
  readonly outcome: 'valid' | 'browned_out' | 'refused';
  readonly count: number;
  readonly firstUsedAt: string;
  readonly lastUsedAt: string;
}

/** One of the programs that use a key, as far as they can be told apart. */
export interface KeyConsumer {
  /** `others`: stands for all who were not told apart. */
  readonly id: string;
  /** For people: network, agent family, client id. */
  readonly label: string;
  readonly count: number;
  readonly firstUsedAt: string;
  readonly lastUsedAt: string;
  readonly secrets: readonly ConsumerOfSecret[];
}

/** Who uses a key, those seen last first. */
export interface KeyConsumers {
  readonly items: readonly KeyConsumer[];
  /** False: there are more than are shown. */
  readonly isWhole: boolean;
}
