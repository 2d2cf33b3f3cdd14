import type { Printer } from './rhythm.js';

/** A job of Google Cloud Scheduler that runs a job of Cloud Run. */
export const cloudScheduler: Printer = (rhythm) => `\
#!/bin/sh
# Makes a job of Cloud Run that rotates what is due, and a job of Cloud Scheduler that runs it. Set PROJECT, REGION, IMAGE
# and PUBLIC_URL first. The account "keyturn-scheduler" needs roles/run.invoker on the job, and no more.
set -eu
gcloud run jobs create keyturn-rotate-due --project "$PROJECT" --region "$REGION" --image "$IMAGE" \\
  --args rotate,--due --max-retries 0 --task-timeout 15m \\
  --set-secrets KEYTURN_DATABASE=keyturn-database:latest --set-env-vars "KEYTURN_PUBLIC_URL=$PUBLIC_URL"
gcloud scheduler jobs create http keyturn-rotate-due --project "$PROJECT" --location "$REGION" \\
  --schedule "${rhythm.cron}" --http-method POST \\
  --uri "https://run.googleapis.com/v2/projects/$PROJECT/locations/$REGION/jobs/keyturn-rotate-due:run" \\
  --oauth-service-account-email "keyturn-scheduler@$PROJECT.iam.gserviceaccount.com"
`;
