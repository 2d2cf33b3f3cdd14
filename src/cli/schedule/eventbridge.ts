import type { Printer } from './rhythm.js';

/** The input of `aws scheduler create-schedule`, which starts a task on ECS. */
export const eventbridge: Printer = (rhythm) => `${JSON.stringify(
  {
    Name: 'keyturn-rotate-due',
    Description:
      'Rotates the API keys that are due. The task definition has the image, and KEYTURN_DATABASE from a secret.',
    ScheduleExpression: rhythm.rate,
    FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 },
    Target: {
      Arn: 'arn:aws:ecs:REGION:ACCOUNT:cluster/CLUSTER',
      RoleArn: 'arn:aws:iam::ACCOUNT:role/keyturn-scheduler',
      EcsParameters: {
        TaskDefinitionArn: 'arn:aws:ecs:REGION:ACCOUNT:task-definition/keyturn',
        LaunchType: 'FARGATE',
        NetworkConfiguration: {
          awsvpcConfiguration: { Subnets: ['SUBNET'], AssignPublicIp: 'DISABLED' },
        },
      },
      Input: JSON.stringify({
        containerOverrides: [{ name: 'keyturn', command: ['rotate', '--due'] }],
      }),
      RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600 },
    },
  },
  null,
  2,
)}
`;
