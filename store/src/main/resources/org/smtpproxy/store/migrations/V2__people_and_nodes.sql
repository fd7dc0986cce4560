-- Rows without a tenant are the operator's own.
create table users (
    id text collate "C" primary key,
    tenant_id text collate "C" references tenants on delete cascade,
    name text collate "C" not null,
    password_hash text not null,
    role text not null check (role in ('super-admin', 'tenant-admin', 'viewer')),
    disabled boolean not null default false,
    last_login_at timestamptz,
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    check (role = 'viewer' or (role = 'tenant-admin') = (tenant_id is not null))
);
create unique index users_by_name on users (name);
create index users_of_tenant on users (tenant_id, id);

create table api_keys (
    id text collate "C" primary key,
    tenant_id text collate "C" references tenants on delete cascade,
    name text not null,
    key_hash text collate "C" not null,
    role text not null check (role in ('super-admin', 'tenant-admin', 'viewer')),
    expires_at timestamptz,
    last_used_at timestamptz,
    created_by text not null,
    created_at timestamptz not null default now(),
    check (role = 'viewer' or (role = 'tenant-admin') = (tenant_id is not null))
);
create unique index api_keys_by_hash on api_keys (key_hash);
create index api_keys_of_tenant on api_keys (tenant_id, id);

-- Outlives what it tells of: no reference to the tenant's row.
create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    tenant_id text collate "C",
    actor text not null,
    source text not null,
    action text not null,
    resource text not null,
    before jsonb,
    after jsonb,
    request_id text not null,
    outcome text not null
);
create index audit_of_tenant on audit (tenant_id, id);
create index audit_of_tenant_by_time on audit (tenant_id, at);
create index audit_by_time on audit (at);

create table nodes (
    id text collate "C" primary key,
    roles text[] not null,
    epoch bigint not null,
    version text not null,
    health jsonb not null,
    started_at timestamptz not null,
    heartbeat_at timestamptz not null
);

create table node_commands (
    id bigint generated always as identity primary key,
    node_id text collate "C" not null references nodes on delete cascade,
    kind text not null,
    arguments jsonb not null,
    created_by text not null,
    created_at timestamptz not null default now(),
    acknowledged_at timestamptz,
    result jsonb
);
create index node_commands_open on node_commands (node_id, id) where acknowledged_at is null;
create index node_commands_by_age on node_commands (created_at);

create table idempotency_keys (
    scope text collate "C" not null,
    key text collate "C" not null,
    request_hash text not null,
    status int,
    response text,
    expires_at timestamptz not null,
    primary key (scope, key)
);
create index idempotency_keys_by_expiry on idempotency_keys (expires_at);

alter table users enable row level security;
alter table api_keys enable row level security;
alter table audit enable row level security;

create policy tenant on users to ${runtime} using (tenant_id = current_setting('smtp_proxy.tenant', true));
create policy tenant on api_keys to ${runtime} using (tenant_id = current_setting('smtp_proxy.tenant', true));
create policy tenant on audit to ${runtime} using (tenant_id = current_setting('smtp_proxy.tenant', true));

create policy platform on users to ${platform} using (true);
create policy platform on api_keys to ${platform} using (true);
create policy platform on audit to ${platform} using (true);

grant select, insert, update, delete on users, api_keys to ${runtime}, ${platform};
grant select, insert on audit to ${runtime}, ${platform};
grant select, insert, update, delete on nodes, node_commands, idempotency_keys to ${platform};
