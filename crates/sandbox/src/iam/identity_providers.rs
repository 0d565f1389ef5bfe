//! Identity providers: SAML and OpenID Connect.

use aws_sdk_iam::{
    operation::{
        get_open_id_connect_provider::{GetOpenIdConnectProviderInput, GetOpenIdConnectProviderOutput},
        get_saml_provider::{GetSamlProviderInput, GetSamlProviderOutput},
        list_open_id_connect_providers::{ListOpenIdConnectProvidersInput, ListOpenIdConnectProvidersOutput},
        list_saml_providers::{ListSamlProvidersInput, ListSamlProvidersOutput},
    },
    types::{OpenIdConnectProviderListEntry, SamlProviderListEntry},
};

use super::errors::no_such;
use super::state::{Provider, ProviderKind};
use crate::ApiError;
use crate::clock::to_aws;
use crate::state::Call;

pub(super) fn list_saml_providers(
    call: &mut Call<'_>,
    _: &ListSamlProvidersInput,
) -> Result<ListSamlProvidersOutput, ApiError> {
    let show = |(arn, provider): (&String, &Provider)| match &provider.kind {
        ProviderKind::Saml { valid_until, .. } => Some(
            SamlProviderListEntry::builder()
                .arn(arn)
                .valid_until(to_aws(*valid_until))
                .create_date(to_aws(provider.created))
                .build(),
        ),
        ProviderKind::OpenId { .. } => None,
    };
    let entries = call.iam().providers.iter().filter_map(show).collect();
    Ok(ListSamlProvidersOutput::builder().set_saml_provider_list(Some(entries)).build())
}

pub(super) fn get_saml_provider(
    call: &mut Call<'_>,
    input: &GetSamlProviderInput,
) -> Result<GetSamlProviderOutput, ApiError> {
    let arn = input.saml_provider_arn().unwrap_or_default();
    match find(call, arn)? {
        Provider { created, kind: ProviderKind::Saml { valid_until, metadata } } => {
            Ok(GetSamlProviderOutput::builder()
                .saml_metadata_document(metadata)
                .create_date(to_aws(*created))
                .valid_until(to_aws(*valid_until))
                .build())
        }
        _ => Err(unknown(arn)),
    }
}

pub(super) fn list_open_id_connect_providers(
    call: &mut Call<'_>,
    _: &ListOpenIdConnectProvidersInput,
) -> Result<ListOpenIdConnectProvidersOutput, ApiError> {
    let is_open_id = |provider: &Provider| matches!(provider.kind, ProviderKind::OpenId { .. });
    let arns = call.iam().providers.iter().filter(|(_, provider)| is_open_id(provider)).map(|(arn, _)| arn);
    let entries = arns.map(|arn| OpenIdConnectProviderListEntry::builder().arn(arn).build()).collect();
    Ok(ListOpenIdConnectProvidersOutput::builder().set_open_id_connect_provider_list(Some(entries)).build())
}

pub(super) fn get_open_id_connect_provider(
    call: &mut Call<'_>,
    input: &GetOpenIdConnectProviderInput,
) -> Result<GetOpenIdConnectProviderOutput, ApiError> {
    let arn = input.open_id_connect_provider_arn().unwrap_or_default();
    match find(call, arn)? {
        Provider { created, kind: ProviderKind::OpenId { url, clients, thumbprints } } => {
            Ok(GetOpenIdConnectProviderOutput::builder()
                .url(url)
                .set_client_id_list(Some(clients.clone()))
                .set_thumbprint_list(Some(thumbprints.clone()))
                .create_date(to_aws(*created))
                .build())
        }
        _ => Err(unknown(arn)),
    }
}

fn find<'a>(call: &'a mut Call<'_>, arn: &str) -> Result<&'a Provider, ApiError> {
    call.iam().providers.get(arn).ok_or_else(|| unknown(arn))
}

fn unknown(arn: &str) -> ApiError {
    no_such(format!("Provider not found for arn {arn}"))
}
