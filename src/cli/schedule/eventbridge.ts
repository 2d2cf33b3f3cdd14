import type { Printer, Rhythm } from './rhythm.js';

const NAME = 'keyturn-rotate-due';

/** A schedule of EventBridge that starts a task on ECS, and who hears of one that failed. */
export const eventbridge: Printer = (rhythm) => `\
#!/bin/sh
# Makes a schedule of EventBridge that starts a task on ECS, and what tells of a bad end; run again, it brings them up to date.
# Set first: CLUSTER_ARN; TASK_ARN, the task definition; ROLE_ARN, which may run that task (ecs:RunTask) and pass its roles
# (iam:PassRole), and no more; SUBNET and SECURITY_GROUP; TOPIC_ARN, the topic of SNS by which people are told, whose policy lets
# events.amazonaws.com and cloudwatch.amazonaws.com publish.
# Where a person is needed (4), and where the run fails, the topic is told by a rule; where no task can be started, by an alarm.
# The task definition has a container "keyturn" with the image. KEYTURN_DATABASE, and what keyturn.config.json names with "env", as
# the seal key, come from its "secrets" (Secrets Manager), KEYTURN_PUBLIC_URL from its "environment", and keyturn.config.json stands
# in its working folder. Two runs at once, which ECS cannot forbid, do no harm: a due time is used once.
set -eu
: "$TOPIC_ARN"
schedule=$(cat <<END
${JSON.stringify(scheduleOf(rhythm), null, 2)}
END
)
if aws scheduler get-schedule --name ${NAME} > /dev/null 2>&1
then verb=update-schedule
else verb=create-schedule
fi
aws scheduler "$verb" --cli-input-json "$schedule"

failed=$(cat <<'END'
${JSON.stringify(failed(), null, 2)}
END
)
aws events put-rule --name ${NAME}-failed --event-pattern "$failed" \\
  --description "A person is needed for a rotation, or its run failed"
aws events put-targets --rule ${NAME}-failed --targets "Id=people,Arn=$TOPIC_ARN"
aws cloudwatch put-metric-alarm --alarm-name ${NAME}-not-started \\
  --alarm-description "keyturn rotate --due could not be started" --alarm-actions "$TOPIC_ARN" \\
  --namespace AWS/Scheduler --metric-name InvocationDroppedCount --dimensions Name=ScheduleGroup,Value=default \\
  --statistic Sum --period 300 --evaluation-periods 1 --threshold 0 \\
  --comparison-operator GreaterThanThreshold --treat-missing-data notBreaching
`;

/** The input of `create-schedule` and of `update-schedule`, with the shell's variables. */
function scheduleOf({ rate }: Rhythm) {
  const awsvpcConfiguration = {
    Subnets: ['$SUBNET'],
    SecurityGroups: ['$SECURITY_GROUP'],
    AssignPublicIp: 'DISABLED',
  };
  return {
    Name: NAME,
    Description: 'Rotates the API keys that are due.',
    ScheduleExpression: rate,
    FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 },
    Target: {
      Arn: '$CLUSTER_ARN',
      RoleArn: '$ROLE_ARN',
      EcsParameters: {
        TaskDefinitionArn: '$TASK_ARN',
        LaunchType: 'FARGATE',
        Group: NAME, // By which the rule knows them.
        NetworkConfiguration: { awsvpcConfiguration },
      },
      Input: JSON.stringify({
        containerOverrides: [{ name: 'keyturn', command: ['rotate', '--due'] }],
      }),
      RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600 },
    },
  };
}

/** Tasks that ended with another code than 0, or not by themselves. */
function failed() {
  return {
    source: ['aws.ecs'],
    'detail-type': ['ECS Task State Change'],
    detail: {
      group: [NAME],
      lastStatus: ['STOPPED'],
      $or: [
        { containers: { exitCode: [{ 'anything-but': [0] }] } },
        { stopCode: [{ 'anything-but': ['EssentialContainerExited'] }] },
      ],
    },
  };
}
