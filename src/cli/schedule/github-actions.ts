import type { Printer } from './rhythm.js';

/** A workflow. */
export const githubActions: Printer = (rhythm) => `\
# .github/workflows/keyturn-rotate-due.yml, in a repository whose package.json has keyturn (and pg). Set the secret
# KEYTURN_DATABASE and the variable KEYTURN_PUBLIC_URL. It fails where a person is needed, and GitHub tells you.
name: Rotate the API keys that are due
on:
  schedule:
    - cron: "${rhythm.cron}"
  workflow_dispatch:
permissions:
  contents: read
concurrency:
  group: keyturn-rotate-due
  cancel-in-progress: false
jobs:
  rotate:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - run: npm ci --ignore-scripts
      - run: npx --no keyturn rotate --due
        env:
          KEYTURN_DATABASE: \${{ secrets.KEYTURN_DATABASE }}
          KEYTURN_PUBLIC_URL: \${{ vars.KEYTURN_PUBLIC_URL }}
`;
