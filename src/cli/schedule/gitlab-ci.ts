import type { Printer } from './rhythm.js';

/** A job, for a pipeline schedule that is made in the project's settings. */
export const gitlabCi: Printer = (rhythm) => `\
# .gitlab-ci.yml, in a project whose package.json has keyturn (and pg). Make a pipeline schedule (Build > Pipeline schedules)
# with the interval "${rhythm.cron}". Variables of the project (Settings > CI/CD), and no others: KEYTURN_DATABASE (masked, hidden,
# protected), KEYTURN_PUBLIC_URL, and what keyturn.config.json, which stands in the project, names with "env", as the seal key.
# Where a person is needed (4), and where the run fails, the pipeline fails: GitLab mails the owner of the schedule. The integration
# "Pipeline status emails", or one of Slack or Teams, tells everybody else.
keyturn-rotate-due:
  image: node:22-slim
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
  resource_group: keyturn-rotate-due # One run at a time.
  timeout: 15 minutes
  variables:
    GIT_DEPTH: "1"
  script:
    - npm ci --ignore-scripts
    - npx --no keyturn rotate --due
  retry:
    max: 2
    exit_codes: 3 # The database was away.
`;
