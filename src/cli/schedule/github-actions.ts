import type { Printer } from './rhythm.js';

/** A workflow. */
export const githubActions: Printer = (rhythm) => `\
# .github/workflows/keyturn-rotate-due.yml, in a repository whose package.json has keyturn (and pg), with its keyturn.config.json.
# Set the secrets KEYTURN_DATABASE and, if keyturn.config.json has "sealKey": { "env": "SEAL_KEY" }, SEAL_KEY, and the variable
# KEYTURN_PUBLIC_URL. Where a person is needed (4), and where the run fails, the job fails: GitHub mails who last changed the line
# of cron, and disables the schedule of a public repository in which nothing happens for 60 days.
name: Rotate the API keys that are due
on:
  schedule:
    - cron: "${rhythm.cron}"
  workflow_dispatch:
permissions:
  contents: read
concurrency: # One run at a time.
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
          SEAL_KEY: \${{ secrets.SEAL_KEY }}
`;
