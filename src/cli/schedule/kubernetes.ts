import type { Printer } from './rhythm.js';

/**
 * A CronJob for the namespace, the Secret and the network policy of docs/operate/kubernetes.md, under
 * the restricted pod security standard.
 */
export const kubernetes: Printer = (rhythm) => `\
# Where a person is needed (4), and where the run fails, its Job has failed. Let Prometheus tell people of it (kube-state-metrics):
#   kube_job_status_failed{namespace="keyturn", job_name=~"keyturn-rotate-due-.*"} > 0
# The database's address and the seal key come from Secrets, the configuration from a ConfigMap; in this file is none of them.
apiVersion: batch/v1
kind: CronJob
metadata:
  name: keyturn-rotate-due
  namespace: keyturn
  labels:
    app.kubernetes.io/name: keyturn
    app.kubernetes.io/component: rotate-due
spec:
  schedule: "${rhythm.cron}"
  concurrencyPolicy: Forbid # One run at a time.
  startingDeadlineSeconds: 300
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: 2 # The database was away (3).
      activeDeadlineSeconds: 900
      podFailurePolicy:
        rules:
          # A person is needed (4), or the settings are wrong (2): another try helps neither.
          - action: FailJob
            onExitCodes:
              containerName: keyturn
              operator: In
              values: [2, 4]
      template:
        metadata:
          labels:
            app.kubernetes.io/name: keyturn # The network policy lets it reach the database.
            app.kubernetes.io/component: rotate-due
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          enableServiceLinks: false # Their variables begin with KEYTURN_, as settings do.
          securityContext:
            runAsNonRoot: true
            runAsUser: 10001
            runAsGroup: 10001
            seccompProfile:
              type: RuntimeDefault
          containers:
            - name: keyturn
              image: registry.example/keyturn # The image that you have built, with its digest.
              args: [rotate, --due]
              workingDir: /config
              env:
                - name: KEYTURN_DATABASE
                  valueFrom:
                    secretKeyRef:
                      name: keyturn-database
                      key: url
                - name: KEYTURN_PUBLIC_URL
                  value: https://keys.example
                - name: SEAL_KEY # If keyturn.config.json has "sealKey": { "env": "SEAL_KEY" }.
                  valueFrom:
                    secretKeyRef:
                      name: keyturn-seal-key
                      key: key
                      optional: true
              resources:
                requests: { cpu: 100m, memory: 128Mi }
                limits: { memory: 512Mi }
              securityContext:
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop: [ALL]
              volumeMounts:
                - { name: config, mountPath: /config, readOnly: true }
          volumes:
            # With keyturn.config.json, which says what destinations may reach. Without destinations there is none.
            - name: config
              configMap: { name: keyturn-config, optional: true }
`;
