using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Unarr.Agents.Hub.Lines;

namespace Unarr.Agents.Hub.Keys;

/// <summary>Who may speak: one key per agent and one per operator. Keys are kept as digests only.</summary>
/// <remarks>
/// What is looked up is a digest of the key and a secret of this process, and the whole digest is then compared in constant time: how
/// long a lookup takes says nothing about any key.
/// </remarks>
internal sealed class ApiKeys
{
    /// <summary>The name of the operator whose key is the file's member of that name.</summary>
    public const string FirstOperator = "operator";

    /// <summary>How many operators there may be.</summary>
    public const int MaxOperators = 64;

    /// <summary>What an id may be, in words.</summary>
    public const string IdRule = "1 to 128 letters, digits and . _ - : @, and not '.' or '..'";

    private const int MaxKeyChars = 1024;
    private const int SecretBytes = 32;

    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(SecretBytes);

    private readonly Dictionary<string, OperatorKey> _operators = new(StringComparer.Ordinal);
    private readonly Dictionary<UInt128, string> _operatorNames = [];
    private readonly Dictionary<string, byte[]> _digests = new(StringComparer.Ordinal);
    private readonly Dictionary<UInt128, string> _ids = [];

    private ApiKeys()
    {
    }

    /// <param name="operatorKey">The key of the first operator, whose name is <see cref="FirstOperator"/>.</param>
    /// <param name="agents">Each agent's id and its key.</param>
    /// <param name="operators">Each further operator's name and its key.</param>
    /// <exception cref="FormatException">A key, an id or a name cannot be used, or two are the same; the message never holds a
    /// key.</exception>
    public ApiKeys(
        string operatorKey, IReadOnlyDictionary<string, string> agents, IReadOnlyDictionary<string, string>? operators = null)
    {
        ThrowIfUnusable(operatorKey, "the operator's key");
        Add(FirstOperator, operatorKey);
        foreach ((string name, string key) in operators ?? new Dictionary<string, string>())
        {
            ThrowIfNoFurtherOperator(name);
            ThrowIfUnusable(key, $"the key of operator '{name}'");
            Add(name, key);
        }

        Digests = DigestOf(operatorKey, agents, operators);
        foreach ((string id, string key) in agents)
        {
            Add(id, key, $"the key of agent '{id}'");
        }
    }

    /// <summary>No key is valid.</summary>
    public static ApiKeys None { get; } = new();

    public IReadOnlyCollection<string> AgentIds => _digests.Keys;

    /// <summary>What tells these keys from others, on whatever node; it says nothing about any of them.</summary>
    public string Digests { get; } = "";

    /// <summary>The names of all operators.</summary>
    public IReadOnlyCollection<string> Operators => _operators.Keys;

    /// <summary>What proves, on whatever node has the same operator's key, that the key's holder got a token.</summary>
    public string ProofOf(string operatorName, string token) => _operators[operatorName].ProofOf(token);

    /// <summary>The operator whose key's holder got a token, by what proves it; <see langword="null"/> when the proof is
    /// nobody's.</summary>
    public string? FindProver(string proof, string token)
    {
        byte[] presented = Encoding.UTF8.GetBytes(proof);
        foreach ((string name, OperatorKey key) in _operators)
        {
            if (Matches(presented, Encoding.UTF8.GetBytes(key.ProofOf(token))))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>The name of the operator whose key this is, or <see langword="null"/>.</summary>
    public string? FindOperator(string presented)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        return TryDigest(presented, digest) ? FindOperator(digest) : null;
    }

    /// <summary>Whether this is the key of an agent or an operator.</summary>
    public bool IsKey(string presented)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        return TryDigest(presented, digest) && (FindAgent(digest) ?? FindOperator(digest)) is not null;
    }

    /// <summary>The agent whose key this is, or <see langword="null"/>.</summary>
    public string? FindAgent(string presented)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        return TryDigest(presented, digest) ? FindAgent(digest) : null;
    }

    /// <summary>Whether an operator has the same key in both.</summary>
    public bool HasSameOperator(ApiKeys other, string name) =>
        _operators.TryGetValue(name, out OperatorKey? key) && other._operators.TryGetValue(name, out OperatorKey? otherKey)
            && Matches(key.Digest, otherKey.Digest);

    /// <summary>Whether an agent has the same key in both.</summary>
    public bool HasSameAgent(ApiKeys other, string id) =>
        _digests.TryGetValue(id, out byte[]? digest) && other._digests.TryGetValue(id, out byte[]? otherDigest)
            && Matches(digest, otherDigest);

    /// <summary>Whether an agent has a key.</summary>
    public bool Has(string id) => _digests.ContainsKey(id);

    /// <summary>Whether an agent, or an operator, can be called so.</summary>
    // "." and ".." are steps of a path: no request about such an agent arrives as it was sent.
    public static bool IsId(string id) =>
        id is { Length: > 0 and <= 128 } and not ("." or "..")
        && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':' or '@');

    private static void ThrowIfNoFurtherOperator(string name)
    {
        if (!IsId(name))
        {
            throw new FormatException($"'{Printable.Text(name)}' is not an operator's name, which is {IdRule}");
        }

        if (name == FirstOperator)
        {
            throw new FormatException($"'{name}' is the name of the first operator, and not of a further one");
        }
    }

    private static void ThrowIfUnusable(string? key, string whose)
    {
        if (string.IsNullOrEmpty(key) || key.Length > MaxKeyChars || key.Any(c => c is <= ' ' or > '~'))
        {
            throw new FormatException($"{whose} is not 1 to 1,024 visible ASCII characters");
        }
    }

    private static string DigestOf(
        string operatorKey, IReadOnlyDictionary<string, string> agents, IReadOnlyDictionary<string, string>? operators)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{operatorKey}\n"));
        foreach ((string id, string key) in agents.OrderBy(static agent => agent.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{id}\n{key}\n"));
        }

        foreach ((string name, string key) in (operators ?? new Dictionary<string, string>()).OrderBy(
            static other => other.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"operator\n{name}\n{key}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }

    private static bool Matches(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => CryptographicOperations.FixedTimeEquals(left, right);

    private static UInt128 Prefix(ReadOnlySpan<byte> digest) =>
        new(BitConverter.ToUInt64(digest), BitConverter.ToUInt64(digest[sizeof(ulong)..]));

    private string? FindOperator(ReadOnlySpan<byte> digest) =>
        _operatorNames.TryGetValue(Prefix(digest), out string? name) && Matches(digest, _operators[name].Digest) ? name : null;

    private string? FindAgent(ReadOnlySpan<byte> digest) =>
        _ids.TryGetValue(Prefix(digest), out string? id) && Matches(digest, _digests[id]) ? id : null;

    private void Add(string operatorName, string key)
    {
        byte[] digest = Digest(key);
        if (_operators.Count == MaxOperators)
        {
            throw new FormatException($"there are more than {MaxOperators} operators");
        }

        if (!_operatorNames.TryAdd(Prefix(digest), operatorName))
        {
            throw new FormatException($"operators '{_operatorNames[Prefix(digest)]}' and '{operatorName}' have the same key");
        }

        _operators.Add(operatorName, new OperatorKey(digest, SHA256.HashData(Encoding.UTF8.GetBytes($"proof\n{key}"))));
    }

    private void Add(string id, string key, string whose)
    {
        if (!IsId(id))
        {
            throw new FormatException($"'{Printable.Text(id)}' is not an agent id, which is {IdRule}");
        }

        ThrowIfUnusable(key, whose);
        byte[] digest = Digest(key);
        if (_operatorNames.TryGetValue(Prefix(digest), out string? name))
        {
            throw new FormatException(
                name == FirstOperator ? $"agent '{id}' has the operator's key" : $"agent '{id}' has the key of operator '{name}'");
        }

        if (!_ids.TryAdd(Prefix(digest), id))
        {
            throw new FormatException($"agents '{_ids[Prefix(digest)]}' and '{id}' have the same key");
        }

        _digests.Add(id, digest);
    }

    private static byte[] Digest(string key)
    {
        byte[] digest = new byte[SHA256.HashSizeInBytes];
        return TryDigest(key, digest) ? digest : throw new ArgumentException("That is no key.", nameof(key));
    }

    /// <returns>Whether this can be a key: what is longer, or not ASCII, is nobody's.</returns>
    private static bool TryDigest(string presented, Span<byte> digest)
    {
        if (presented.Length > MaxKeyChars)
        {
            return false;
        }

        // It is made for each request, and nobody sees it: a keyed hash would take several times as long.
        Span<byte> bytes = stackalloc byte[SecretBytes + MaxKeyChars];
        Secret.CopyTo(bytes);
        bool isAscii = Ascii.FromUtf16(presented, bytes[SecretBytes..], out int length) == OperationStatus.Done;
        bytes = bytes[..(SecretBytes + length)];
        SHA256.HashData(bytes, digest);
        CryptographicOperations.ZeroMemory(bytes);
        return isAscii;
    }

    /// <summary>One operator's key.</summary>
    private sealed record OperatorKey(byte[] Digest, byte[] ProofSecret)
    {
        public string ProofOf(string token) => Convert.ToHexStringLower(HMACSHA256.HashData(ProofSecret, Encoding.UTF8.GetBytes(token)));
    }
}
