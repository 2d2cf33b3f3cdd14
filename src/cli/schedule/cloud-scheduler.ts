import type { Printer } from './rhythm.js';

const NAME = 'keyturn-rotate-due';
const ALERT = `${NAME} has failed`;
const FAILED = [
  'resource.type = "cloud_run_job"',
  `resource.labels.job_name = "${NAME}"`,
  'metric.type = "run.googleapis.com/job/completed_execution_count"',
  'metric.labels.result = "failed"',
].join(' AND ');

/** A job of Google Cloud Scheduler that runs a job of Cloud Run, and who hears of one that failed. */
export const cloudScheduler: Printer = (rhythm) => `\
#!/bin/sh
# Makes a job of Cloud Run that rotates what is due, a job of Cloud Scheduler that runs it, and an alert; run again, it brings them
# up to date. Set PROJECT, REGION, IMAGE, PUBLIC_URL and CHANNEL (projects/…/notificationChannels/…, who is told) first.
# Where a person is needed (4), and where the run fails, the execution has failed, and the alert is sent to CHANNEL.
# The account "${NAME}" runs it, and needs roles/secretmanager.secretAccessor on the secrets that SECRETS names, and no
# more: KEYTURN_DATABASE from "keyturn-database" if you set nothing. With a configuration and a seal key it is
#   SECRETS=KEYTURN_DATABASE=keyturn-database:latest,SEAL_KEY=keyturn-seal-key:latest,/config/keyturn.config.json=keyturn-config:latest
#   CONFIG=/config/keyturn.config.json
# The account "keyturn-scheduler" needs roles/run.invoker on the job, and no more. Two runs at once, which Cloud Run cannot
# forbid, do no harm: a due time is used once.
set -eu
: "$CHANNEL"
gcloud run jobs deploy ${NAME} --project "$PROJECT" --region "$REGION" --image "$IMAGE" \\
  --args rotate,--due --tasks 1 --max-retries 0 --task-timeout 15m \\
  --service-account "${NAME}@$PROJECT.iam.gserviceaccount.com" \\
  --set-secrets "\${SECRETS:-KEYTURN_DATABASE=keyturn-database:latest}" \\
  --set-env-vars "KEYTURN_PUBLIC_URL=$PUBLIC_URL\${CONFIG:+,KEYTURN_CONFIG=$CONFIG}"

if gcloud scheduler jobs describe ${NAME} --project "$PROJECT" --location "$REGION" > /dev/null 2>&1
then verb=update
else verb=create
fi
gcloud scheduler jobs "$verb" http ${NAME} --project "$PROJECT" --location "$REGION" \\
  --schedule "${rhythm.cron}" --http-method POST \\
  --uri "https://run.googleapis.com/v2/projects/$PROJECT/locations/$REGION/jobs/${NAME}:run" \\
  --oauth-service-account-email "keyturn-scheduler@$PROJECT.iam.gserviceaccount.com"

alert=$(cat <<END
${JSON.stringify(alert(), null, 2)}
END
)
known=$(gcloud monitoring policies list --project "$PROJECT" --limit 1 --format "value(name)" \\
  --filter "displayName='${ALERT}'")
if [ -n "$known" ]
then gcloud monitoring policies update "$known" --project "$PROJECT" --policy "$alert"
else gcloud monitoring policies create --project "$PROJECT" --policy "$alert"
fi
`;

/** A policy of Cloud Monitoring. */
function alert() {
  const aggregations = [{ alignmentPeriod: '300s', perSeriesAligner: 'ALIGN_DELTA' }];
  const more = { comparison: 'COMPARISON_GT', thresholdValue: 0, duration: '0s' };
  const conditionThreshold = { filter: FAILED, aggregations, ...more };
  const content =
    'A person is needed (exit code 4), or the run failed. Its log says why; then: keyturn rotation list --open';
  return {
    displayName: ALERT,
    combiner: 'OR',
    conditions: [{ displayName: ALERT, conditionThreshold }],
    documentation: { content, mimeType: 'text/markdown' },
    notificationChannels: ['$CHANNEL'],
  };
}
