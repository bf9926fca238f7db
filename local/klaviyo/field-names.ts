/** What may be named in `fields[…]`, with the revision that brought it: attributes and their members. */

type Names = Readonly<Record<string, readonly string[]>>;

const within = (parent: string, members: readonly string[]): string[] => [
  parent,
  ...members.map((member) => `${parent}.${member}`),
];

/**
 * `id` came between 2025-01-15 and 2026-07-15. It is not known when: the earliest is taken, since a
 * name that is refused too late harms nobody.
 */
const idSince = '2025-04-15';

const channel = (name: string, members: readonly string[]): string[] => {
  const [parent = ''] = name.split('.');
  return [`subscriptions.${parent}`, ...within(`subscriptions.${name}`, members)];
};

const smsConsent = ['consent', 'consent_timestamp', 'method', 'method_detail', 'last_updated'];
const newConsent = [
  ...['can_receive', 'consent', 'consent_timestamp', 'created_timestamp', 'last_updated'],
  ...['metadata', 'valid_until'],
];

const plainProfile: Names = {
  '2023-10-15': [
    ...['email', 'phone_number', 'external_id', 'first_name', 'last_name', 'organization'],
    ...['title', 'image', 'created', 'updated', 'last_event_date', 'properties'],
    ...within('location', [
      ...['address1', 'address2', 'city', 'country', 'latitude', 'longitude', 'region', 'zip'],
      ...['timezone', 'ip'],
    ]),
  ],
  '2024-05-15': ['locale'],
  [idSince]: ['id'],
  '2026-10-15': ['hashed_email', 'hashed_phone_number'],
};

const additional: Names = {
  '2023-10-15': [
    'subscriptions',
    ...channel('email.marketing', [
      ...['can_receive_email_marketing', 'consent', 'consent_timestamp', 'last_updated', 'method'],
      ...['method_detail', 'custom_method_detail', 'double_optin', 'suppression'],
      'list_suppressions',
    ]),
    ...channel('sms.marketing', ['can_receive_sms_marketing', ...smsConsent]),
    ...within('predictive_analytics', [
      ...['historic_clv', 'predicted_clv', 'total_clv', 'historic_number_of_orders'],
      ...['predicted_number_of_orders', 'average_days_between_orders', 'average_order_value'],
      ...['churn_probability', 'expected_date_of_next_order'],
    ]),
  ],
  '2024-07-15': channel('mobile_push.marketing', [
    ...['can_receive_push_marketing', 'consent', 'consent_timestamp'],
  ]),
  '2024-10-15': channel('sms.transactional', ['can_receive_sms_transactional', ...smsConsent]),
  '2025-07-15': [
    'predictive_analytics.ranked_channel_affinity',
    ...['marketing', 'transactional', 'conversational'].flatMap((name) =>
      channel(`whatsapp.${name}`, [...newConsent, 'phone_number']),
    ),
  ],
  '2026-04-15': channel('email.open_tracking', newConsent),
  '2026-10-15': ['predictive_analytics.discount_affinity'],
};

const together = (...parts: readonly Names[]): Names => {
  const revisions = new Set(parts.flatMap(Object.keys));
  const names = [...revisions].map((revision) => [
    revision,
    parts.flatMap((part) => part[revision] ?? []),
  ]);
  return Object.fromEntries(names);
};

const address = ['address1', 'address2', 'city', 'region', 'country', 'zip'];
const device = [
  ...['app_build', 'app_id', 'app_name', 'app_version', 'device_id', 'device_model', 'environment'],
  ...['klaviyo_sdk', 'manufacturer', 'os_name', 'os_version', 'sdk_version'],
];

const resources = {
  account: {
    '2023-10-15': [
      ...within('contact_information', [
        ...['default_sender_name', 'default_sender_email', 'website_url', 'organization_name'],
        ...within('street_address', address),
      ]),
      ...['industry', 'timezone', 'preferred_currency', 'public_api_key'],
    ],
    '2024-02-15': ['test_account'],
    '2024-05-15': ['locale'],
    [idSince]: ['id'],
  },
  'profile of an event': plainProfile,
  profile: together(plainProfile, additional),
  member: together(plainProfile, additional, { '2023-10-15': ['joined_group_at'] }),
  list: {
    '2023-10-15': ['name', 'created', 'updated'],
    '2023-12-15': ['opt_in_process'],
    [idSince]: ['id'],
  },
  'counted list': {
    '2023-10-15': ['name', 'created', 'updated', 'profile_count'],
    '2023-12-15': ['opt_in_process'],
    [idSince]: ['id'],
  },
  segment: {
    '2023-10-15': ['name', 'created', 'updated'],
    '2023-12-15': [
      ...within('definition', ['condition_groups']),
      ...['is_active', 'is_processing', 'is_starred'],
    ],
    [idSince]: ['id'],
  },
  tag: { '2023-10-15': ['name'], [idSince]: ['id'] },
  flow: {
    '2024-10-15': ['name', 'status', 'archived', 'created', 'updated', 'trigger_type'],
    [idSince]: ['id'],
  },
  'push-token': {
    '2025-01-15': [
      ...['background', 'created', 'enablement_status', 'platform', 'recorded_date', 'token'],
      ...['vendor', ...within('metadata', device)],
    ],
    [idSince]: ['id'],
  },
  conversation: { '2026-04-15': ['channel', 'id'] },
  event: { '2023-10-15': ['timestamp', 'event_properties', 'datetime', 'uuid'], [idSince]: ['id'] },
  metric: { '2023-10-15': ['name', 'created', 'updated', 'integration'], [idSince]: ['id'] },
  attribution: { [idSince]: ['id'] },
  'profile-bulk-import-job': {
    '2023-12-15': [
      ...['status', 'created_at', 'total_count', 'completed_count', 'failed_count'],
      ...['started_at', 'completed_at', 'expires_at'],
    ],
    [idSince]: ['id'],
  },
  'import-error': {
    '2023-12-15': ['code', 'title', 'detail', ...within('source', ['pointer']), 'original_payload'],
    [idSince]: ['id'],
  },
  'profile-suppression-bulk-create-job': suppressionJob(),
  'profile-suppression-bulk-delete-job': suppressionJob(),
} satisfies Readonly<Record<string, Names>>;

function suppressionJob(): Names {
  const names = ['status', 'created_at', 'total_count', 'completed_count', 'completed_at'];
  return { '2024-10-15': [...names, 'skipped_count'], [idSince]: ['id'] };
}

export type FieldResource = keyof typeof resources;

/** The names that a revision knows for a resource. */
export const fieldNames = (resource: FieldResource, served: string): string[] =>
  Object.entries<readonly string[]>(resources[resource])
    .filter(([revision]) => served >= revision)
    .flatMap(([, names]) => names);
