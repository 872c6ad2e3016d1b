using System.Security.Cryptography;
using System.Text;
using Unarr.Agents.Hub.Lines;

namespace Unarr.Agents.Hub.Keys;

/// <summary>Who may speak: one key per agent and one for the operator. Keys are kept as digests only.</summary>
/// <remarks>
/// What is looked up is the key's HMAC under a secret of this process, and the whole digest is then compared in constant time: how long
/// a lookup takes says nothing about any key.
/// </remarks>
internal sealed class ApiKeys
{
    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(32);

    private readonly byte[] _operator;
    private readonly byte[] _proofSecret = [];
    private readonly Dictionary<string, byte[]> _digests = new(StringComparer.Ordinal);
    private readonly Dictionary<UInt128, string> _ids = [];

    private ApiKeys() => _operator = [];

    /// <param name="operatorKey">The operator's key.</param>
    /// <param name="agents">Each agent's id and its key.</param>
    /// <exception cref="FormatException">A key or an id cannot be used, or two are the same; the message never holds a key.</exception>
    public ApiKeys(string operatorKey, IReadOnlyDictionary<string, string> agents)
    {
        ThrowIfUnusable(operatorKey, "the operator's key");
        _operator = Digest(operatorKey);
        _proofSecret = SHA256.HashData(Encoding.UTF8.GetBytes($"proof\n{operatorKey}"));
        Digests = DigestOf(operatorKey, agents);
        foreach ((string id, string key) in agents)
        {
            if (!IsAgentId(id))
            {
                throw new FormatException(
                    $"'{Printable.Text(id)}' is not an agent id, which is 1 to 128 letters, digits and . _ - : @, and not '.' or '..'");
            }

            ThrowIfUnusable(key, $"the key of agent '{id}'");
            byte[] digest = Digest(key);
            if (Matches(digest, _operator))
            {
                throw new FormatException($"agent '{id}' has the operator's key");
            }

            if (!_ids.TryAdd(Prefix(digest), id))
            {
                throw new FormatException($"agents '{_ids[Prefix(digest)]}' and '{id}' have the same key");
            }

            _digests.Add(id, digest);
        }
    }

    /// <summary>No key is valid.</summary>
    public static ApiKeys None { get; } = new();

    public IReadOnlyCollection<string> AgentIds => _digests.Keys;

    /// <summary>What tells these keys from others, on whatever node; it says nothing about any of them.</summary>
    public string Digests { get; } = "";

    /// <summary>What proves, on whatever node has the same operator's key, that the key's holder got a token.</summary>
    public string ProofOf(string token) => Convert.ToHexStringLower(HMACSHA256.HashData(_proofSecret, Encoding.UTF8.GetBytes(token)));

    public bool IsOperator(string presented) => Matches(Digest(presented), _operator);

    /// <summary>The agent whose key this is, or <see langword="null"/>.</summary>
    public string? FindAgent(string presented)
    {
        byte[] digest = Digest(presented);
        return _ids.TryGetValue(Prefix(digest), out string? id) && Matches(digest, _digests[id]) ? id : null;
    }

    /// <summary>Whether the operator's key is the same in both.</summary>
    public bool HasSameOperator(ApiKeys other) => Matches(_operator, other._operator);

    /// <summary>Whether an agent has the same key in both.</summary>
    public bool HasSameAgent(ApiKeys other, string id) =>
        _digests.TryGetValue(id, out byte[]? digest) && other._digests.TryGetValue(id, out byte[]? otherDigest)
            && Matches(digest, otherDigest);

    /// <summary>Whether an agent has a key.</summary>
    public bool Has(string id) => _digests.ContainsKey(id);

    // "." and ".." are steps of a path: no request about such an agent arrives as it was sent.
    private static bool IsAgentId(string id) =>
        id is { Length: > 0 and <= 128 } and not ("." or "..")
        && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':' or '@');

    private static void ThrowIfUnusable(string? key, string whose)
    {
        if (string.IsNullOrEmpty(key) || key.Length > 1024 || key.Any(c => c is <= ' ' or > '~'))
        {
            throw new FormatException($"{whose} is not 1 to 1,024 visible ASCII characters");
        }
    }

    private static string DigestOf(string operatorKey, IReadOnlyDictionary<string, string> agents)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{operatorKey}\n"));
        foreach ((string id, string key) in agents.OrderBy(static agent => agent.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{id}\n{key}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }

    private static bool Matches(byte[] left, byte[] right) => CryptographicOperations.FixedTimeEquals(left, right);

    private static UInt128 Prefix(byte[] digest) => new(BitConverter.ToUInt64(digest, 0), BitConverter.ToUInt64(digest, 8));

    private static byte[] Digest(string key) => HMACSHA256.HashData(Secret, Encoding.UTF8.GetBytes(key));
}
