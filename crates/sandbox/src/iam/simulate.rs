//! The policy simulator.

use aws_sdk_iam::{
    operation::{
        get_context_keys_for_custom_policy::{GetContextKeysForCustomPolicyInput, GetContextKeysForCustomPolicyOutput},
        get_context_keys_for_principal_policy::{
            GetContextKeysForPrincipalPolicyInput, GetContextKeysForPrincipalPolicyOutput,
        },
        simulate_custom_policy::{SimulateCustomPolicyInput, SimulateCustomPolicyOutput},
        simulate_principal_policy::{SimulatePrincipalPolicyInput, SimulatePrincipalPolicyOutput},
    },
    types::{
        self, ContextEntry, EvaluationResult, PermissionsBoundaryDecisionDetail, PolicyEvaluationDecisionType,
        PolicySourceType, Position, ResourceSpecificResult,
    },
};
use moonfleet_iam_policy::{
    Decision, PolicyDocument, Purpose, Request, RequestContext, Statement, Verdict, decide, statement_positions,
};

use super::documents::check_document;
use super::errors::{no_such, not_simulated};
use super::managed_policy::{ManagedPolicy, SIZE};
use super::pages::{cut, paged};
use super::state::IamState;
use super::{Permissions, pages};
use crate::ApiError;
use crate::page::Page;
use crate::state::Call;

/// A policy document and its source.
pub(super) struct PolicySource {
    id: String,
    kind: PolicySourceType,
    text: String,
    pub document: PolicyDocument,
}

/// The policies and the boundary of a user, group or role.
pub(super) struct GrantedPolicies {
    pub sources: Vec<PolicySource>,
    boundary: Option<PolicySource>,
}

impl GrantedPolicies {
    pub(super) fn find(call: &mut Call<'_>, arn: &str) -> Result<GrantedPolicies, ApiError> {
        let (iam, account) = call.iam_and_account();
        if let Some(user) = iam.users.values().find(|user| user.arn(account) == arn) {
            let mut sources = sources(iam, account, "user", &user.name, &user.permissions)?;
            for group in user.groups.iter().filter_map(|name| iam.groups.get(name)) {
                sources.extend(self::sources(iam, account, "group", &group.name, &group.permissions)?);
            }
            return Ok(GrantedPolicies { sources, boundary: boundary(iam, account, &user.permissions)? });
        }
        if let Some(role) = iam.roles.values().find(|role| role.arn(account) == arn) {
            let sources = sources(iam, account, "role", &role.name, &role.permissions)?;
            return Ok(GrantedPolicies { sources, boundary: boundary(iam, account, &role.permissions)? });
        }
        if let Some(group) = iam.groups.values().find(|group| group.arn(account) == arn) {
            let sources = sources(iam, account, "group", &group.name, &group.permissions)?;
            return Ok(GrantedPolicies { sources, boundary: None });
        }
        match ManagedPolicy::find(iam, account, arn) {
            Some(policy) => Ok(GrantedPolicies { sources: vec![managed(policy)?], boundary: None }),
            None => Err(no_such(format!("Entity {arn} cannot be found."))),
        }
    }
}

fn source(id: String, kind: PolicySourceType, text: &str) -> Result<PolicySource, ApiError> {
    let document =
        PolicyDocument::parse(text).map_err(|problem| ApiError::new("MalformedPolicyDocument", problem.to_string()))?;
    Ok(PolicySource { id, kind, text: text.to_owned(), document })
}

fn managed(policy: ManagedPolicy<'_>) -> Result<PolicySource, ApiError> {
    let kind = match policy {
        ManagedPolicy::Own(_) => PolicySourceType::UserManaged,
        ManagedPolicy::Aws(_) => PolicySourceType::AwsManaged,
    };
    source(policy.name().to_owned(), kind, policy.document())
}

fn sources(
    iam: &IamState,
    account: &str,
    kind: &str,
    name: &str,
    permissions: &Permissions,
) -> Result<Vec<PolicySource>, ApiError> {
    let attached = permissions.attached.iter().filter_map(|arn| ManagedPolicy::find(iam, account, arn)).map(managed);
    let of = PolicySourceType::from(kind);
    let inline =
        permissions.inline.iter().map(|(policy, text)| source(format!("{kind}_{name}_{policy}"), of.clone(), text));
    attached.chain(inline).collect()
}

fn boundary(iam: &IamState, account: &str, permissions: &Permissions) -> Result<Option<PolicySource>, ApiError> {
    let policy = permissions.boundary.as_ref().and_then(|arn| ManagedPolicy::find(iam, account, arn));
    policy.map(managed).transpose()
}

/// Parses the policy documents of a request.
fn parse_policy_inputs(texts: &[String], name: &str) -> Result<Vec<PolicySource>, ApiError> {
    let read = |(number, text): (usize, &String)| {
        let name_argument =
            |problem: ApiError| ApiError::new("InvalidInput", format!("{name}.{number}: {}", problem.message));
        check_document(text, Purpose::Identity, "PolicySize", SIZE).map_err(name_argument)?;
        source(format!("{name}.{number}"), PolicySourceType::None, text)
    };
    (1..).zip(texts).map(read).collect()
}

/// The input of both simulations.
struct Simulation<'a> {
    sources: Vec<PolicySource>,
    boundaries: Option<Vec<PolicySource>>,
    actions: &'a [String],
    resources: Vec<String>,
    context: RequestContext,
}

pub(super) fn simulate_principal_policy(
    call: &mut Call<'_>,
    input: &SimulatePrincipalPolicyInput,
) -> Result<SimulatePrincipalPolicyOutput, ApiError> {
    let plain = [
        (input.resource_policy.is_some(), "resource_policy"),
        (input.resource_handling_option.is_some(), "resource_handling_option"),
        (!input.policy_exclusion_list().is_empty(), "policy_exclusion_list"),
    ];
    refuse(&plain)?;
    let mut granted = GrantedPolicies::find(call, input.policy_source_arn().unwrap_or_default())?;
    granted.sources.extend(parse_policy_inputs(input.policy_input_list(), "PolicyInputList")?);
    let limits =
        parse_policy_inputs(input.permissions_boundary_policy_input_list(), "PermissionsBoundaryPolicyInputList")?;
    let own = granted.boundary.map(|boundary| vec![boundary]);
    let simulation = Simulation {
        sources: granted.sources,
        boundaries: if limits.is_empty() { own } else { Some(limits) },
        actions: input.action_names(),
        resources: input.resource_arns().to_vec(),
        context: context(input.context_entries()),
    };
    let page = simulation.evaluate(input.max_items, input.marker())?;
    Ok(paged!(SimulatePrincipalPolicyOutput.set_evaluation_results, page))
}

pub(super) fn simulate_custom_policy(
    _: &mut Call<'_>,
    input: &SimulateCustomPolicyInput,
) -> Result<SimulateCustomPolicyOutput, ApiError> {
    let plain = [
        (input.resource_policy.is_some(), "resource_policy"),
        (input.resource_handling_option.is_some(), "resource_handling_option"),
        (!input.ordered_organization_policy_input_list().is_empty(), "ordered_organization_policy_input_list"),
    ];
    refuse(&plain)?;
    let limits =
        parse_policy_inputs(input.permissions_boundary_policy_input_list(), "PermissionsBoundaryPolicyInputList")?;
    let simulation = Simulation {
        sources: parse_policy_inputs(input.policy_input_list(), "PolicyInputList")?,
        boundaries: (!limits.is_empty()).then_some(limits),
        actions: input.action_names(),
        resources: input.resource_arns().to_vec(),
        context: context(input.context_entries()),
    };
    let page = simulation.evaluate(input.max_items, input.marker())?;
    Ok(paged!(SimulateCustomPolicyOutput.set_evaluation_results, page))
}

fn refuse(parameters: &[(bool, &str)]) -> Result<(), ApiError> {
    match parameters.iter().find(|(given, _)| *given) {
        Some((_, name)) => Err(not_simulated(name)),
        None => Ok(()),
    }
}

fn context(entries: &[ContextEntry]) -> RequestContext {
    RequestContext::complete(
        entries.iter().map(|entry| (entry.context_key_name().unwrap_or_default(), entry.context_key_values().to_vec())),
    )
}

impl Simulation<'_> {
    /// Returns one result for each action and resource.
    fn evaluate(&self, max_items: Option<i32>, marker: Option<&str>) -> Result<Page<EvaluationResult>, ApiError> {
        let all = ["*".to_owned()];
        let resources = if self.resources.is_empty() { &all[..] } else { &self.resources };
        if let Some(wrong) = self.actions.iter().find(|action| !action.contains(':')) {
            let message = format!("Invalid action: {wrong}; use SERVICE:ACTION, such as ec2:RunInstances.");
            return Err(ApiError::new("InvalidInput", message));
        }
        let pairs = self.actions.iter().flat_map(|action| resources.iter().map(move |resource| (action, resource)));
        let results =
            pairs.map(|(action, resource)| self.evaluate_one(action, resource)).collect::<Result<Vec<_>, _>>()?;
        cut(results, (self.actions, resources, &self.context), max_items, marker, |result| {
            format!("{} {}", result.eval_action_name(), result.eval_resource_name().unwrap_or_default())
        })
    }

    fn evaluate_one(&self, action: &str, resource: &str) -> Result<EvaluationResult, ApiError> {
        let request = Request { action, resource: Some(resource), caller: None, context: Some(&self.context) };
        let over = |sources: &[PolicySource]| {
            decide(&sources.iter().map(|source| &source.document).collect::<Vec<_>>(), &request)
        };
        let decision = over(&self.sources);
        let limit = self.boundaries.as_deref().map(over);
        let verdict = limit.as_ref().map_or(decision.verdict, |limit| decision.verdict.limited_by(limit.verdict));
        let shown = to_decision(verdict);
        let matched: Vec<types::Statement> = self.matched(&decision);
        let missing = self.missing(action);
        let bounds = limit.map(|limit| {
            let allowed = limit.verdict == Verdict::Allowed;
            PermissionsBoundaryDecisionDetail::builder().allowed_by_permissions_boundary(allowed).build()
        });
        let specific = ResourceSpecificResult::builder()
            .eval_resource_name(resource)
            .eval_resource_decision(shown.clone())
            .set_matched_statements(Some(matched.clone()))
            .set_missing_context_values(Some(missing.clone()))
            .set_permissions_boundary_decision_detail(bounds.clone())
            .build()?;
        Ok(EvaluationResult::builder()
            .eval_action_name(action)
            .eval_resource_name(resource)
            .eval_decision(shown)
            .set_matched_statements(Some(matched))
            .set_missing_context_values(Some(missing))
            .set_permissions_boundary_decision_detail(bounds)
            .resource_specific_results(specific)
            .build()?)
    }

    fn matched(&self, decision: &Decision) -> Vec<types::Statement> {
        let show = |said: &moonfleet_iam_policy::MatchedStatement| {
            let source = &self.sources[said.document];
            let (start, end) = statement_positions(&source.text).get(said.statement).copied().unzip();
            types::Statement::builder()
                .source_policy_id(&source.id)
                .source_policy_type(source.kind.clone())
                .set_start_position(start.map(position))
                .set_end_position(end.map(position))
                .build()
        };
        decision.statements.iter().map(show).collect()
    }

    /// Returns the context keys that statements about the action use and the request lacks.
    fn missing(&self, action: &str) -> Vec<String> {
        let anything = Request { action, resource: None, caller: None, context: None };
        let about = self.sources.iter().flat_map(|source| &source.document.statements);
        let about = about.filter(|statement| statement.matches(&anything) != moonfleet_iam_policy::Match::No);
        let mut keys: Vec<String> = about.flat_map(Statement::context_keys).collect();
        keys.retain(|key| self.context.get(key).is_none());
        keys.sort();
        keys.dedup();
        keys
    }
}

fn position((line, column): (usize, usize)) -> Position {
    Position::builder().line(pages::count(line)).column(pages::count(column)).build()
}

fn to_decision(verdict: Verdict) -> PolicyEvaluationDecisionType {
    match verdict {
        Verdict::Allowed => PolicyEvaluationDecisionType::Allowed,
        Verdict::ExplicitDeny => PolicyEvaluationDecisionType::ExplicitDeny,
        // A simulation knows its context, so `Conditional` does not occur.
        Verdict::ImplicitDeny | Verdict::Conditional => PolicyEvaluationDecisionType::ImplicitDeny,
    }
}

pub(super) fn get_context_keys_for_principal_policy(
    call: &mut Call<'_>,
    input: &GetContextKeysForPrincipalPolicyInput,
) -> Result<GetContextKeysForPrincipalPolicyOutput, ApiError> {
    let mut sources = GrantedPolicies::find(call, input.policy_source_arn().unwrap_or_default())?.sources;
    sources.extend(parse_policy_inputs(input.policy_input_list(), "PolicyInputList")?);
    Ok(GetContextKeysForPrincipalPolicyOutput::builder().set_context_key_names(Some(keys(&sources))).build())
}

pub(super) fn get_context_keys_for_custom_policy(
    _: &mut Call<'_>,
    input: &GetContextKeysForCustomPolicyInput,
) -> Result<GetContextKeysForCustomPolicyOutput, ApiError> {
    let sources = parse_policy_inputs(input.policy_input_list(), "PolicyInputList")?;
    Ok(GetContextKeysForCustomPolicyOutput::builder().set_context_key_names(Some(keys(&sources))).build())
}

fn keys(sources: &[PolicySource]) -> Vec<String> {
    let mut keys: Vec<String> =
        sources.iter().flat_map(|source| &source.document.statements).flat_map(Statement::context_keys).collect();
    keys.sort();
    keys.dedup();
    keys
}
