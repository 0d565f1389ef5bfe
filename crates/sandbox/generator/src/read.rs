//! Reads the sources of an SDK crate. The functions here expect the output of smithy-rs and stop with an error
//! if they find anything else, because a field that is silently skipped would be missing in answers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use quote::ToTokens;
use syn::{GenericArgument, Item, ItemEnum, ItemStruct, PathArguments};

use crate::Sdk;

pub(crate) struct Service {
    /// The name in scripts: `resource_groups`.
    pub(crate) name: String,
    pub(crate) crate_name: String,
    pub(crate) operations: Vec<Operation>,
    pub(crate) types: BTreeMap<String, Definition>,
}

pub(crate) struct Operation {
    /// `describe_tags`
    pub(crate) name: String,
    /// `DescribeTagsInput`
    pub(crate) input: (String, Vec<Field>),
    pub(crate) output: (String, Vec<Field>),
}

pub(crate) enum Definition {
    Structure(Vec<Field>),
    /// A tagged enum of the SDK: exactly one of the fields is set. Each variant has the name of the SDK.
    Union(Vec<(String, Field)>),
    /// A text with known values.
    Enumeration,
}

pub(crate) struct Field {
    pub(crate) name: String,
    /// The type of the crate that the field or its elements have, if it is one.
    pub(crate) type_name: Option<String>,
}

pub(crate) fn service(sdk: &Sdk) -> Result<Service> {
    let operations = sdk.operations.iter().map(|name| operation(&sdk.source, name)).collect::<Result<_>>()?;
    Ok(Service {
        name: sdk.service.clone(),
        crate_name: sdk.crate_name.clone(),
        operations,
        types: types(&sdk.source.join("types"))?,
    })
}

fn operation(source: &Path, name: &str) -> Result<Operation> {
    let side = |side: &str| structure(&source.join("operation").join(name).join(format!("_{name}_{side}.rs")));
    Ok(Operation { name: name.to_owned(), input: side("input")?, output: side("output")? })
}

fn types(folder: &Path) -> Result<BTreeMap<String, Definition>> {
    let mut types = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('_')) {
            continue;
        }
        for item in &parse(&path)?.items {
            match item {
                Item::Struct(s) if !s.ident.to_string().ends_with("Builder") => {
                    types.insert(s.ident.to_string(), Definition::Structure(fields(s)?));
                }
                Item::Enum(e) => {
                    let definition = union_or_enumeration(e).with_context(|| path.display().to_string())?;
                    types.insert(e.ident.to_string(), definition);
                }
                _ => {}
            }
        }
    }
    Ok(types)
}

fn union_or_enumeration(e: &ItemEnum) -> Result<Definition> {
    let mut variants = Vec::new();
    for variant in e.variants.iter().filter(|v| v.ident != "Unknown" && !v.fields.is_empty()) {
        let payload = variant.fields.iter().next().context("a variant of a union has a payload")?;
        let field = Field { name: snake(&variant.ident.to_string()), type_name: type_name(&payload.ty)? };
        variants.push((variant.ident.to_string(), field));
    }
    Ok(if variants.is_empty() { Definition::Enumeration } else { Definition::Union(variants) })
}

/// Returns the name and the fields of the structure in a file.
fn structure(path: &Path) -> Result<(String, Vec<Field>)> {
    let file = parse(path)?;
    let structures = file.items.iter().filter_map(|item| match item {
        Item::Struct(s) if !s.ident.to_string().ends_with("Builder") => Some(s),
        _ => None,
    });
    let [structure] = structures.collect::<Vec<&ItemStruct>>()[..] else {
        bail!("{}: expected one structure", path.display());
    };
    let fields = fields(structure).with_context(|| path.display().to_string())?;
    Ok((structure.ident.to_string(), fields))
}

fn fields(structure: &ItemStruct) -> Result<Vec<Field>> {
    let mut fields = Vec::new();
    for field in &structure.fields {
        let name = field.ident.as_ref().context("fields have names")?.to_string();
        if !name.starts_with('_') {
            fields.push(Field { name, type_name: type_name(&field.ty)? });
        }
    }
    Ok(fields)
}

/// Returns the type of the crate in a type such as `Option<Vec<crate::types::Tag>>`.
fn type_name(ty: &syn::Type) -> Result<Option<String>> {
    let syn::Type::Path(path) = ty else { bail!("not a path: {}", ty.to_token_stream()) };
    let last = path.path.segments.last().context("a path has segments")?;
    if ty.to_token_stream().to_string().starts_with("crate :: types ::") {
        return Ok(Some(last.ident.to_string()));
    }
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return Ok(None) };
    match arguments.args.last() {
        Some(GenericArgument::Type(inner)) => type_name(inner),
        _ => Ok(None),
    }
}

fn parse(path: &Path) -> Result<syn::File> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    syn::parse_file(&text).with_context(|| path.display().to_string())
}

/// Converts `InstanceInfo` to `instance_info`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
