/** A table as every one of ours is: on demand, restorable, and aging its items out. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';

export interface BridgeTableProps {
  /** The table has a sort key, `sk`, beside its partition key, `pk`. */
  readonly sorted: boolean;
  /** Epoch seconds after which DynamoDB may delete the item. */
  readonly timeToLiveAttribute: string;
  /** An index by another attribute, with these of the items' attributes in it. */
  readonly index?: {
    readonly name: string;
    readonly partitionKey: string;
    readonly attributes: readonly string[];
  };
  /** The table outlives the stack and refuses deletion. */
  readonly keep: boolean;
}

const key = (name: string) => ({ name, type: AttributeType.STRING });

/** A DynamoDB table with the partition key `pk`, restorable to any second of the last 35 days. */
export class BridgeTable extends Table {
  constructor(scope: Construct, id: string, props: BridgeTableProps) {
    super(scope, id, {
      partitionKey: key('pk'),
      ...(props.sorted ? { sortKey: key('sk') } : {}),
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: props.timeToLiveAttribute,
      deletionProtection: props.keep,
      removalPolicy: props.keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    if (props.index !== undefined)
      this.addGlobalSecondaryIndex({
        indexName: props.index.name,
        partitionKey: key(props.index.partitionKey),
        projectionType: ProjectionType.INCLUDE,
        nonKeyAttributes: [...props.index.attributes],
      });
  }
}
