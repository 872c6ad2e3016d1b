using System.Globalization;
using Tomlyn;
using Tomlyn.Model;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Unarr.CommandLine;

/// <summary>A configuration file's text, read, and on which line each key is. No error quotes the text: it may hold a secret.</summary>
internal sealed class TomlText
{
    private readonly string _path;
    private readonly DocumentSyntax _document;

    private TomlText(string path, DocumentSyntax document, TomlTable root) => (_path, _document, Root) = (path, document, root);

    public TomlTable Root { get; }

    /// <param name="path">The file, for errors.</param>
    /// <param name="text">Its text.</param>
    /// <exception cref="UsageException">The text is not TOML.</exception>
    public static TomlText Parse(string path, string text)
    {
        try
        {
            // A table takes the last of two equal keys: the validation is what refuses them.
            DocumentSyntax document = SyntaxParser.ParseStrict(text, sourceName: null, validate: true);
            return new TomlText(path, document, TomlSerializer.Deserialize(text, ConfigurationContext.Default.TomlTable) ?? []);
        }
        catch (TomlException exception)
        {
            // Its message quotes the text: the place is enough.
            (int line, int column) = Place(exception);
            throw new UsageException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{path}': line {line}, column {column}: this is not valid TOML, or it repeats a key."),
                exception);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The parser throws what it does not document where the end cuts an escape off.
            throw new UsageException($"'{path}': it is not valid TOML.", exception);
        }
    }

    /// <summary>The table of a name; empty where there is none.</summary>
    /// <exception cref="UsageException">It is not a table.</exception>
    public TomlTable SectionOf(string name) => !Root.TryGetValue(name, out object? section) ? []
        : section as TomlTable ?? throw Unusable("", name, $"'{name}' must be a table: [{name}].");

    /// <summary>Makes an error about a key, with its line.</summary>
    /// <param name="section">The key's table; empty for none.</param>
    /// <param name="key">The key, or a table's name.</param>
    /// <param name="reason">What is wrong with it.</param>
    public UsageException Unusable(string section, string key, string reason)
    {
        int line = LineOf(section, key);
        return new UsageException(line == 0 ? $"'{_path}': {reason}" : $"'{_path}': line {line}: {reason}");
    }

    private static (int Line, int Column) Place(TomlException exception)
    {
        DiagnosticMessage? first = exception.Diagnostics.FirstOrDefault();
        return first is null ? (exception.Line ?? 1, exception.Column ?? 1) : (first.Span.Start.Line + 1, first.Span.Start.Column + 1);
    }

    private static string? NameOf(KeySyntax? key) => key?.Key switch
    {
        BareKeySyntax bare => bare.Key?.Text,
        StringValueSyntax text => text.Value,
        _ => null,
    };

    // A table that is written as a value has its keys on its own line, or close to it.
    private int LineOf(string section, string key)
    {
        foreach (TableSyntaxBase table in _document.Tables)
        {
            if (NameOf(table.Name) == section && Find(table.Items, key) is { } item)
            {
                return LineOf(item);
            }

            if (section.Length == 0 && NameOf(table.Name) == key)
            {
                return LineOf(table);
            }
        }

        return Find(_document.KeyValues, section.Length == 0 ? key : section) is { } outer ? LineOf(outer) : 0;
    }

    private static KeyValueSyntax? Find(SyntaxList<KeyValueSyntax> items, string key)
    {
        foreach (KeyValueSyntax item in items)
        {
            if (NameOf(item.Key) == key)
            {
                return item;
            }
        }

        return null;
    }

    private static int LineOf(SyntaxNode node) => node.Span.Start.Line + 1;
}
