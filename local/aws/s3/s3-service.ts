/** S3 as far as `cdk deploy` uses it for its assets, with the bucket's name in the path. */

import { toXml } from '../gateway/query-service.ts';
import type { GatewayRequest, Reply, Route } from '../gateway/request-and-reply.ts';
import { ServiceError } from '../gateway/service-error.ts';
import type { AssetsBucket } from './assets-bucket.ts';

const xml = (statusCode: number, content: unknown): Reply => ({
  statusCode,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>${toXml(content)}`,
});

const list = (bucket: AssetsBucket, prefix: string): Reply => {
  const [first] = bucket.keys(prefix); // whether there is one is all that is ever asked
  const KeyCount = first === undefined ? 0 : 1;
  const Contents = first === undefined ? undefined : { Key: first };
  return xml(200, { ListBucketResult: { Name: bucket.name, KeyCount, Contents } });
};

const serve = (bucket: AssetsBucket, { method, path, query, body }: GatewayRequest): Reply => {
  const [, name = '', ...rest] = path.split('/').map(decodeURIComponent);
  const key = rest.join('/');
  if (name !== bucket.name)
    throw new ServiceError('NoSuchBucket', `local/aws has the bucket ${bucket.name} alone`, 404);
  if (method === 'PUT' && key !== '') {
    bucket.put(key, body);
    return { statusCode: 200, headers: {}, body: '' };
  }
  if (method === 'GET' && key === '') {
    if (query.has('list-type')) return list(bucket, query.get('prefix') ?? '');
    if (query.has('location')) return xml(200, { LocationConstraint: '' });
    if (query.has('encryption'))
      throw new ServiceError(
        'ServerSideEncryptionConfigurationNotFoundError',
        'The server side encryption configuration was not found',
        404,
      );
  }
  throw new ServiceError('NotImplemented', `local/aws does not run S3 ${method} ${path}`, 501);
};

export const createS3Route = (bucket: AssetsBucket): Route => ({
  takes: ({ headers }) => headers.authorization?.includes('/s3/') ?? false,
  async handle(request) {
    try {
      return serve(bucket, request);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return xml(error.statusCode, { Error: { Code: error.code, Message: error.message } });
    }
  },
});
