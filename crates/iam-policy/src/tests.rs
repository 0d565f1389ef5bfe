//! The policy language as IAM's documentation describes it.

use super::{
    Choice, Effect, Match, PolicyDocument, PolicyPrincipal, Purpose, Request, RequestContext, Verdict, decide,
    statement_positions,
};

fn document(text: &str) -> PolicyDocument {
    PolicyDocument::parse(text).unwrap()
}

/// Makes a policy with one Allow statement.
fn allows(rest: &str) -> PolicyDocument {
    document(&format!(r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", {rest}}}}}"#))
}

fn verdict(documents: &[&PolicyDocument], action: &str, resource: &str, context: &RequestContext) -> Verdict {
    decide(documents, &Request { action, resource: Some(resource), caller: None, context: Some(context) }).verdict
}

fn is_allowed(document: &PolicyDocument, action: &str, resource: &str) -> bool {
    verdict(&[document], action, resource, &RequestContext::complete([])) == Verdict::Allowed
}

#[test]
fn a_deny_wins_and_a_request_without_an_allow_is_denied() {
    let all = allows(r#""Action": "*", "Resource": "*""#);
    let deny =
        document(r#"{"Statement": [{"Sid": "No", "Effect": "Deny", "Action": "iam:Delete*", "Resource": "*"}]}"#);
    let none = RequestContext::complete([]);
    assert_eq!(verdict(&[&all, &deny], "iam:DeleteUser", "*", &none), Verdict::ExplicitDeny);
    assert_eq!(verdict(&[&all, &deny], "iam:GetUser", "*", &none), Verdict::Allowed);
    assert_eq!(verdict(&[&deny], "iam:GetUser", "*", &none), Verdict::ImplicitDeny);
    let request = Request { action: "iam:DeleteUser", resource: Some("*"), caller: None, context: None };
    let decision = decide(&[&all, &deny], &request);
    assert_eq!(
        (decision.statements.len(), decision.statements[0].document, decision.statements[0].effect),
        (1, 1, Effect::Deny)
    );
}

#[test]
fn actions_have_wildcards_and_no_case() {
    let policy = allows(r#""Action": ["ec2:Describe*", "s3:Get?bject"], "Resource": "*""#);
    assert!(is_allowed(&policy, "EC2:describeInstances", "*"));
    assert!(is_allowed(&policy, "s3:GetObject", "arn:aws:s3:::a/b"));
    assert!(!is_allowed(&policy, "s3:GetOobject", "*"));
    let all_but = allows(r#""NotAction": ["iam:*", "sts:AssumeRole"], "Resource": "*""#);
    assert!(is_allowed(&all_but, "ec2:RunInstances", "*"));
    assert!(!is_allowed(&all_but, "iam:PassRole", "*"));
}

#[test]
fn a_wildcard_matches_only_inside_its_part_of_an_arn() {
    let policy = allows(r#""Action": "*", "Resource": "arn:aws:ec2:*:123456789012:instance/*""#);
    assert!(is_allowed(&policy, "ec2:StopInstances", "arn:aws:ec2:eu-west-1:123456789012:instance/i-1"));
    assert!(!is_allowed(&policy, "ec2:StopInstances", "arn:aws:ec2:eu-west-1:210987654321:instance/i-1"));
    assert!(
        !is_allowed(&policy, "ec2:StopInstances", "*"),
        "a request for all resources needs a statement for all resources"
    );
    let short = allows(r#""Action": "*", "Resource": "arn:aws:s3*""#);
    assert!(is_allowed(&short, "s3:GetObject", "arn:aws:s3:::bucket/key:with:colons"));
    let not = allows(r#""Action": "*", "NotResource": "arn:aws:s3:::secret/*""#);
    assert!(is_allowed(&not, "s3:GetObject", "arn:aws:s3:::open/x"));
    assert!(!is_allowed(&not, "s3:GetObject", "arn:aws:s3:::secret/x"));
}

#[test]
fn variables_are_replaced_by_values_of_the_context() {
    let own = allows(r#""Action": "iam:*", "Resource": "arn:aws:iam::*:user/${aws:username}""#);
    let ada = RequestContext::complete([("aws:UserName", vec!["ada".to_owned()])]);
    assert_eq!(verdict(&[&own], "iam:GetUser", "arn:aws:iam::1:user/ada", &ada), Verdict::Allowed);
    assert_eq!(verdict(&[&own], "iam:GetUser", "arn:aws:iam::1:user/bob", &ada), Verdict::ImplicitDeny);
    assert_eq!(
        verdict(&[&own], "iam:GetUser", "arn:aws:iam::1:user/ada", &RequestContext::complete([])),
        Verdict::ImplicitDeny
    );
    // A wildcard in a user's name has no special meaning.
    let star = RequestContext::complete([("aws:username", vec!["*".to_owned()])]);
    assert_eq!(verdict(&[&own], "iam:GetUser", "arn:aws:iam::1:user/bob", &star), Verdict::ImplicitDeny);
    let literal = allows(r#""Action": "s3:*", "Resource": "arn:aws:s3:::b/${*}${aws:team, 'none'}""#);
    assert_eq!(verdict(&[&literal], "s3:GetObject", "arn:aws:s3:::b/*none", &ada), Verdict::Allowed);
}

#[test]
fn variables_are_text_in_documents_of_an_older_version() {
    let ada = RequestContext::complete([("aws:username", vec!["ada".to_owned()])]);
    let statement = r#"{"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::1:user/${aws:username}",
        "Condition": {"StringEquals": {"aws:username": "ada"}, "StringNotLike": {"aws:username": "${aws:username}"}}}"#;
    for version in ["", r#""Version": "2008-10-17","#] {
        let old = document(&format!(r#"{{{version} "Statement": {statement}}}"#));
        let decide = |resource| verdict(&[&old], "iam:GetUser", resource, &ada);
        assert_eq!(decide("arn:aws:iam::1:user/ada"), Verdict::ImplicitDeny, "{version}");
        assert_eq!(decide("arn:aws:iam::1:user/${aws:username}"), Verdict::Allowed, "{version}");
        let unknown = Request { action: "iam:GetUser", resource: Some("arn:aws:iam::1:user/ada"), ..anything() };
        assert_eq!(old.statements[0].matches(&unknown), Match::No, "{version}");
        assert_eq!(old.statements[0].context_keys(), ["aws:username"; 2], "{version}");
        // Wildcards are not variables.
        let escape = format!(
            r#"{{{version} "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${{*}}"}}}}"#
        );
        assert!(is_allowed(&document(&escape), "s3:GetObject", "arn:aws:s3:::${any}"), "{version}");
    }
}

fn anything() -> Request<'static> {
    Request { action: "*", resource: None, caller: None, context: None }
}

#[test]
fn conditions_compare_like_their_operators() {
    let known = RequestContext::complete([
        ("aws:MultiFactorAuthPresent", vec!["true".to_owned()]),
        ("aws:SourceIp", vec!["10.1.2.3".to_owned()]),
        ("aws:CurrentTime", vec!["2026-11-23T12:00:00Z".to_owned()]),
        ("aws:TagKeys", vec!["App".to_owned(), "Owner".to_owned()]),
        ("s3:max-keys", vec!["10".to_owned()]),
        ("aws:PrincipalArn", vec!["arn:aws:iam::123456789012:role/ops/deploy".to_owned()]),
        ("ec2:Region", vec!["eu-central-1".to_owned()]),
    ]);
    for (condition, holds) in [
        (r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#, true),
        (r#""Bool": {"aws:multifactorauthpresent": true}"#, true),
        (r#""BoolIfExists": {"aws:SecureTransport": "true"}"#, true),
        (r#""Bool": {"aws:SecureTransport": "true"}"#, false),
        (r#""IpAddress": {"aws:SourceIp": ["192.168.0.0/16", "10.0.0.0/8"]}"#, true),
        (r#""NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#, false),
        (r#""DateLessThan": {"aws:CurrentTime": "2026-11-24"}"#, true),
        (r#""DateGreaterThan": {"aws:CurrentTime": "2026-11-23T13:00:00+00:00"}"#, false),
        (r#""NumericLessThanEquals": {"s3:max-keys": 10}"#, true),
        (r#""NumericGreaterThan": {"s3:max-keys": "10"}"#, false),
        (r#""StringEquals": {"ec2:Region": ["eu-west-1", "eu-central-1"]}"#, true),
        (r#""StringEquals": {"ec2:Region": "eu-*"}"#, false),
        (r#""StringLike": {"ec2:Region": "eu-*"}"#, true),
        (r#""StringNotLike": {"ec2:Region": "us-*"}"#, true),
        (r#""StringNotEquals": {"ec2:Region": ["eu-west-1", "eu-central-1"]}"#, false),
        (r#""StringNotEquals": {"aws:Absent": "x"}"#, true),
        (r#""StringEqualsIgnoreCase": {"ec2:Region": "EU-CENTRAL-1"}"#, true),
        (r#""ForAllValues:StringEquals": {"aws:TagKeys": ["App", "Owner", "Env"]}"#, true),
        (r#""ForAllValues:StringEquals": {"aws:TagKeys": ["App"]}"#, false),
        (r#""ForAllValues:StringEquals": {"aws:Absent": ["App"]}"#, true),
        (r#""ForAnyValue:StringEquals": {"aws:TagKeys": ["App"]}"#, true),
        (r#""ForAnyValue:StringEquals": {"aws:Absent": ["App"]}"#, false),
        (r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops/*"}"#, true),
        (r#""ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops/*"}"#, false),
        (r#""Null": {"aws:TokenIssueTime": "true"}"#, true),
        (r#""Null": {"ec2:Region": "true"}"#, false),
        (r#""StringEquals": {"ec2:Region": "eu-central-1"}, "Bool": {"aws:MultiFactorAuthPresent": "false"}"#, false),
    ] {
        let policy = allows(&format!(r#""Action": "*", "Resource": "*", "Condition": {{{condition}}}"#));
        let wanted = if holds { Verdict::Allowed } else { Verdict::ImplicitDeny };
        assert_eq!(verdict(&[&policy], "ec2:RunInstances", "*", &known), wanted, "{condition}");
    }
}

#[test]
fn unknown_values_make_the_verdict_conditional() {
    let mfa = r#""Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#;
    let deny = document(&format!(r#"{{"Statement": {{"Effect": "Deny", {mfa}}}}}"#));
    let all = allows(r#""Action": "*", "Resource": "*""#);
    let anywhere = Request { action: "ec2:RunInstances", resource: None, caller: None, context: None };
    assert_eq!(decide(&[&allows(mfa)], &anywhere).verdict, Verdict::Conditional);
    assert_eq!(decide(&[&all, &deny], &anywhere).verdict, Verdict::Conditional);
    assert_eq!(decide(&[&all], &anywhere).verdict, Verdict::Allowed);
    let some = document(r#"{"Statement": {"Effect": "Deny", "Action": "ec2:*", "Resource": "arn:aws:ec2:::x"}}"#);
    assert_eq!(decide(&[&all, &some], &anywhere).verdict, Verdict::Conditional);
    assert_eq!(Verdict::Allowed.limited_by(Verdict::Conditional), Verdict::Conditional);
    assert_eq!(Verdict::Conditional.limited_by(Verdict::ImplicitDeny), Verdict::ImplicitDeny);
}

#[test]
fn principals_match_the_names_of_the_caller() {
    let trust = document(
        r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"AWS": ["arn:aws:iam::123456789012:root"], "Service": "ec2.amazonaws.com"}}}"#,
    );
    let asks = |kind: &str, value: &str| {
        let caller = [PolicyPrincipal::new(kind, value)];
        let request = Request {
            action: "sts:AssumeRole",
            resource: None,
            caller: Some(&caller),
            context: Some(&RequestContext::complete([])),
        };
        trust.statements[0].matches(&request)
    };
    assert_eq!(asks("AWS", "arn:aws:iam::123456789012:root"), Match::Yes);
    assert_eq!(asks("Service", "ec2.amazonaws.com"), Match::Yes);
    assert_eq!(asks("AWS", "210987654321"), Match::No);
    let all = document(r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}}"#);
    let Some(Choice::Only(principals)) = &all.statements[0].principals else { panic!("there are principals") };
    assert!(principals[0].is_wildcard());
}

#[test]
fn percent_encoded_documents_are_decoded() {
    let encoded = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22*%22%2C%22Resource%22%3A%22*%22%7D%5D%7D";
    assert_eq!(
        document(encoded),
        document(r#"{"Statement": {"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}}"#)
    );
}

#[test]
fn documents_that_iam_would_not_store_are_refused_with_its_messages() {
    let refused = |text: &str, purpose| match PolicyDocument::parse(text).and_then(|document| document.check(purpose)) {
        Ok(()) => panic!("{text} is taken"),
        Err(problem) => problem.to_string(),
    };
    for (text, message) in [
        ("nonsense", "Syntax errors in policy."),
        ("{}", "Missing required field Statement"),
        (r#"{"Statement": []}"#, "Statement is empty!"),
        (r#"{"Statement": {"Action": "*", "Resource": "*"}}"#, "Missing required field Effect"),
        (r#"{"Statement": {"Effect": "Allow", "Resource": "*"}}"#, "Missing required field Action"),
        (r#"{"Statement": {"Effect": "Allow", "Action": "*"}}"#, "Policy statement must contain resources."),
        (r#"{"Statement": {"Effect": "Allow", "Action": "run", "Resource": "*"}}"#, "prefaced by a vendor"),
        (r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "x"}}"#, "must be in ARN format"),
        (r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Foo": 1}}"#, "Unknown field Foo"),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}}"#,
            "should not specify a principal",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Foo": {"a": "b"}}}}"#,
            "Invalid Condition type : Foo.",
        ),
        (r#"{"Version": "2020-01-01", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#, "version"),
    ] {
        let problem = refused(text, Purpose::Identity);
        assert!(problem.contains(message), "{text}: {problem}");
    }
    let no_principal = r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole"}}"#;
    assert!(refused(no_principal, Purpose::Trust).contains("must contain principals"));
}

#[test]
fn positions_of_statements_are_found_in_the_text() {
    let text =
        "{\n  \"Version\": \"Statement\",\n  \"Statement\": [\n    {\"Effect\": \"{\", \"A\": {}},\n    {}\n  ]\n}";
    assert_eq!(statement_positions(text), [((4, 5), (4, 28)), ((5, 5), (5, 6))]);
}
