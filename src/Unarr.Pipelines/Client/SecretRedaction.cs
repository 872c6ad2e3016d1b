using System.Text;
using System.Text.Json;

namespace Unarr.Pipelines.Sse;

/// <summary>The secrets of a request, which a server may send back: they go into no message, nor does the part of one that a bound
/// left.</summary>
internal sealed class SecretRedaction
{
    private const string Mask = "***";

    /// <summary>A shorter secret is a word that may stand anywhere.</summary>
    private const int LeastLength = 4;

    /// <summary>What the name of a header or of a part of a query holds whose value is a secret.</summary>
    private static readonly string[] Names =
        ["auth", "cookie", "credential", "jwt", "key", "pass", "pwd", "secret", "session", "sig", "token"];

    private readonly List<string> _secrets = [];

    /// <summary>Notes the secrets of the requests of one exchange.</summary>
    public SecretRedaction(params ReadOnlySpan<HttpRequestMessage?> requests)
    {
        foreach (HttpRequestMessage? request in requests)
        {
            if (request is not null)
            {
                AddHeaders(request);
                AddUri(request.RequestUri);
            }
        }

        // The longest first: one may be a part of another.
        _secrets.Sort(static (one, other) => other.Length - one.Length);
    }

    /// <summary>Returns the address without a user name and a password, and without the secrets of its query.</summary>
    public static Uri? Redacted(Uri? uri)
    {
        if (uri is { IsAbsoluteUri: false })
        {
            string path = uri.OriginalString.Split('?', '#')[0];
            return path.Length == uri.OriginalString.Length ? uri : new Uri(path, UriKind.Relative);
        }

        if (uri is null || (uri.UserInfo.Length == 0 && uri.Query.Length == 0))
        {
            return uri;
        }

        string[] parts = uri.Query.Length > 1 ? uri.Query[1..].Split('&') : [];
        for (int part = 0; part < parts.Length; part++)
        {
            int value = parts[part].IndexOf('=', StringComparison.Ordinal) + 1;
            if (value > 0 && IsSecret(parts[part][..value]))
            {
                parts[part] = parts[part][..value] + Mask;
            }
        }

        return new UriBuilder(uri) { UserName = "", Password = "", Query = string.Join('&', parts) }.Uri;
    }

    /// <summary>Returns the text without the secrets.</summary>
    public string Redacted(string text)
    {
        foreach (string secret in _secrets)
        {
            text = text.Replace(secret, Mask, StringComparison.OrdinalIgnoreCase);
        }

        foreach (string secret in _secrets)
        {
            for (int length = secret.Length - 1; length >= LeastLength; length--)
            {
                if (text.AsSpan().EndsWith(secret.AsSpan(0, length), StringComparison.OrdinalIgnoreCase))
                {
                    return $"{text.AsSpan(0, text.Length - length)}{Mask}";
                }
            }
        }

        return text;
    }

    /// <summary>Whether a text holds a secret.</summary>
    public bool IsIn(string text) => _secrets.Exists(secret => text.Contains(secret, StringComparison.OrdinalIgnoreCase));

    private static bool IsSecret(string name) =>
        Array.Exists(Names, part => name.Contains(part, StringComparison.OrdinalIgnoreCase));

    private void AddHeaders(HttpRequestMessage request)
    {
        foreach ((string name, System.Net.Http.Headers.HeaderStringValues values) in request.Headers.NonValidated)
        {
            if (!IsSecret(name))
            {
                continue;
            }

            foreach (string value in values)
            {
                Add(value);
                foreach (string field in value.Split([';', ','], StringSplitOptions.TrimEntries))
                {
                    // The name of a scheme, of a field or of a cookie is not a secret.
                    Add(field[(field.IndexOf(' ', StringComparison.Ordinal) + 1)..].Trim());
                    Add(field[(field.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"'));
                }

                AddBasic(value);
            }
        }
    }

    private void AddBasic(string value)
    {
        const string Scheme = "Basic ";
        if (value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            byte[] decoded = new byte[value.Length];
            if (Convert.TryFromBase64String(value[Scheme.Length..].Trim(), decoded, out int length))
            {
                AddPassword(Encoding.UTF8.GetString(decoded, 0, length));
            }
        }
    }

    private void AddUri(Uri? uri)
    {
        if (uri is not { IsAbsoluteUri: true })
        {
            return;
        }

        AddPassword(uri.UserInfo);
        AddPassword(Uri.UnescapeDataString(uri.UserInfo));
        foreach (string part in uri.Query.TrimStart('?').Split('&'))
        {
            int value = part.IndexOf('=', StringComparison.Ordinal) + 1;
            if (value > 0 && IsSecret(part[..value]))
            {
                Add(part[value..]);
                Add(Uri.UnescapeDataString(part[value..]));
            }
        }
    }

    private void AddPassword(string userInfo)
    {
        Add(userInfo);
        Add(userInfo[(userInfo.IndexOf(':', StringComparison.Ordinal) + 1)..]);
    }

    private void Add(string secret)
    {
        if (secret.Length < LeastLength)
        {
            return;
        }

        foreach (string spelling in (ReadOnlySpan<string>)
            [secret, Uri.EscapeDataString(secret), JsonEncodedText.Encode(secret).ToString()])
        {
            if (!_secrets.Contains(spelling))
            {
                _secrets.Add(spelling);
            }
        }
    }
}
