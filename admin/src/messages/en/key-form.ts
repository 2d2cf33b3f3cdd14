/**
 * What the form of a key says.
 * @public
 */
export const keyFormText = {
  editTitle: (name: string) => `Edit “${name}”`,
  editSaid:
    'Its secrets and its id stay as they are. What changes is in force within seconds, on every instance.',
  save: 'Save',
  saved: (name: string) => `“${name}” is saved`,
  name: 'Name',
  nameHint: 'Who or what calls with it, for people: “Acme CI”.',
  owner: 'Owner',
  ownerHint: 'Your own id for whose key it is.',
  environment: 'Environment',
  scopes: 'Scopes',
  scopesHint:
    'What it may do: resource:action, with spaces between. * stands for one whole part. None: nothing.',
  expires: 'Expires',
  expiresHint: 'A date like 2027-03-31, or a time from now like 90d. Empty: never.',
  tags: 'Tags',
  tagsHint: 'With spaces between.',
  policy: 'Policy',
  policyHint: 'How its secret is rotated.',
  noPolicy: 'Default',
  keyspace: 'Keyspace',
  more: 'Where it works, and what you keep with it',
  addresses: 'Addresses',
  addressesHint: 'Networks it may call from, like 203.0.113.0/24.',
  paths: 'Paths',
  pathsHint: 'What it may call, like /reports/**.',
  methods: 'Methods',
  origins: 'Origins',
  originsHint: 'Pages it may call from, like https://app.example.',
  metadata: 'Metadata',
  metadataHint: 'Any JSON object.',
  metadataFault: 'This is no JSON object.',
} as const;
