using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Unarr.Pipelines.Testing;

/// <summary>JSON, written for obviousness: a byte at a time; strings as the deployed agents' decoder reads them.</summary>
/// <remarks>
/// A value is <see langword="null"/>, a <see cref="bool"/>, a <see cref="string"/>, a <see cref="ReferenceNumber"/>, a list of values or a
/// list of members, in their order. What is not JSON throws a <see cref="FormatException"/>.
/// </remarks>
internal sealed class ReferenceJson
{
    // That of the deployed agents' decoder.
    private const int MaxDepth = 10_000;
    private const int End = '\uFFFF';

    private readonly byte[] _bytes;
    private int _at;

    private ReferenceJson(byte[] bytes) => _bytes = bytes;

    public static object? Read(byte[] bytes)
    {
        // "A BOM before the value is skipped."
        var json = new ReferenceJson(bytes is [0xEF, 0xBB, 0xBF, ..] ? bytes[3..] : bytes);
        object? value = json.Value(depth: 0);

        // "Anything but white space after the value makes the payload one that does not parse."
        json.SkipWhiteSpace();
        return json._at == json._bytes.Length ? value : throw new FormatException();
    }

    private object? Value(int depth)
    {
        SkipWhiteSpace();
        switch (Peek())
        {
            case '{':
                return Members(depth + 1);
            case '[':
                return Items(depth + 1);
            case '"':
                return Text();
            case 't':
                Take("true");
                return true;
            case 'f':
                Take("false");
                return false;
            case 'n':
                Take("null");
                return null;
            default:
                return Number();
        }
    }

    private List<KeyValuePair<string, object?>> Members(int depth)
    {
        ThrowIfDeep(depth);
        Take("{");
        var members = new List<KeyValuePair<string, object?>>();
        SkipWhiteSpace();
        while (Peek() != '}')
        {
            if (members.Count > 0)
            {
                Take(",");
                SkipWhiteSpace();
            }

            string name = Text();
            SkipWhiteSpace();
            Take(":");
            members.Add(new(name, Value(depth)));
            SkipWhiteSpace();
        }

        Take("}");
        return members;
    }

    private List<object?> Items(int depth)
    {
        ThrowIfDeep(depth);
        Take("[");
        var items = new List<object?>();
        SkipWhiteSpace();
        while (Peek() != ']')
        {
            if (items.Count > 0)
            {
                Take(",");
            }

            items.Add(Value(depth));
            SkipWhiteSpace();
        }

        Take("]");
        return items;
    }

    private string Text()
    {
        Take("\"");
        var text = new StringBuilder();
        while (Peek() != '"')
        {
            if (Peek() is < ' ' or End)
            {
                throw new FormatException();
            }

            text.Append(Peek() == '\\' ? Escape() : Character());
        }

        Take("\"");

        return Paired(text.ToString());
    }

    /// <summary>"A lone surrogate becomes U+FFFD."</summary>
    private static string Paired(string text)
    {
        var paired = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            bool isPair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            paired.Append(isPair || !char.IsSurrogate(text[i]) ? text[i] : '\uFFFD');
            if (isPair)
            {
                paired.Append(text[++i]);
            }
        }

        return paired.ToString();
    }

    private string Escape()
    {
        Take("\\");
        char escape = (char)Next();
        return escape switch
        {
            '"' or '\\' or '/' => escape.ToString(),
            'b' => "\b",
            'f' => "\f",
            'n' => "\n",
            'r' => "\r",
            't' => "\t",
            'u' => CodeUnit([(char)Next(), (char)Next(), (char)Next(), (char)Next()]),
            _ => throw new FormatException(),
        };
    }

    private static string CodeUnit(char[] digits) =>
        ((char)int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToString();

    private string Character()
    {
        for (int length = 1; length <= 4 && _at + length <= _bytes.Length; length++)
        {
            if (Utf8.IsValid(_bytes.AsSpan(_at, length)))
            {
                string character = Encoding.UTF8.GetString(_bytes, _at, length);
                _at += length;
                return character;
            }
        }

        // "A byte that is not UTF-8 becomes U+FFFD."
        _at++;
        return "\uFFFD";
    }

    private ReferenceNumber Number()
    {
        int start = _at;
        if (Peek() == '-')
        {
            Next();
        }

        if (Peek() == '0')
        {
            Next();
        }
        else
        {
            Digits();
        }

        if (Peek() == '.')
        {
            Next();
            Digits();
        }

        if (Peek() is 'e' or 'E')
        {
            Next();
            if (Peek() is '+' or '-')
            {
                Next();
            }

            Digits();
        }

        return new ReferenceNumber(Encoding.ASCII.GetString(_bytes, start, _at - start));
    }

    private void Digits()
    {
        do
        {
            if (!char.IsAsciiDigit((char)Next()))
            {
                throw new FormatException();
            }
        }
        while (char.IsAsciiDigit((char)Peek()));
    }

    private void SkipWhiteSpace()
    {
        while (_at < _bytes.Length && _bytes[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            _at++;
        }
    }

    /// <summary>The byte at hand.</summary>
    private int Peek() => _at < _bytes.Length ? _bytes[_at] : End;

    private int Next() => _at < _bytes.Length ? _bytes[_at++] : throw new FormatException();

    private void Take(string expected)
    {
        foreach (char character in expected)
        {
            if (Next() != character)
            {
                throw new FormatException();
            }
        }
    }

    private static void ThrowIfDeep(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException();
        }
    }
}
