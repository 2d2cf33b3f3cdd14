import type { Printer } from './rhythm.js';

/** A job, for a pipeline schedule that is made in the project's settings. */
export const gitlabCi: Printer = (rhythm) => `\
# .gitlab-ci.yml, in a project whose package.json has keyturn (and pg). Make a pipeline schedule (Build > Pipeline schedules)
# with the interval "${rhythm.cron}", and the variables KEYTURN_DATABASE (masked, protected) and KEYTURN_PUBLIC_URL.
keyturn-rotate-due:
  image: node:22-slim
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
  resource_group: keyturn-rotate-due
  timeout: 15 minutes
  variables:
    GIT_DEPTH: "1"
  script:
    - npm ci --ignore-scripts
    - npx --no keyturn rotate --due
  retry:
    max: 2
    exit_codes: 3 # The database was away.
  allow_failure:
    exit_codes: 4 # A person is needed: a warning.
`;
