using System.Security.Cryptography;
using System.Text;

namespace Unarr.ControlPlane.Keys;

/// <summary>Who may speak: one key per agent and one for the operator. Keys are kept as digests only.</summary>
/// <remarks>
/// What is looked up is the key's HMAC under a secret of this process, and the whole digest is then compared in constant time: how long
/// a lookup takes says nothing about any key.
/// </remarks>
internal sealed class ApiKeys
{
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _operator;
    private readonly Dictionary<UInt128, (byte[] Digest, string AgentId)> _agents = [];

    private ApiKeys() => _operator = [];

    /// <param name="operatorKey">The operator's key.</param>
    /// <param name="agents">Each agent's id and its key.</param>
    /// <exception cref="FormatException">A key or an id cannot be used, or two are the same; the message never holds a key.</exception>
    public ApiKeys(string operatorKey, IReadOnlyDictionary<string, string> agents)
    {
        ThrowIfUnusable(operatorKey, "the operator's key");
        _operator = Digest(operatorKey);
        foreach ((string id, string key) in agents)
        {
            if (!IsAgentId(id))
            {
                throw new FormatException($"'{id}' is no agent id: 1 to 128 letters, digits and . _ - : @ are");
            }

            ThrowIfUnusable(key, $"the key of agent '{id}'");
            byte[] digest = Digest(key);
            if (Matches(digest, _operator))
            {
                throw new FormatException($"agent '{id}' has the operator's key");
            }

            if (!_agents.TryAdd(Prefix(digest), (digest, id)))
            {
                throw new FormatException($"agents '{_agents[Prefix(digest)].AgentId}' and '{id}' have the same key");
            }
        }
    }

    /// <summary>No key is valid.</summary>
    public static ApiKeys None { get; } = new();

    public IEnumerable<string> AgentIds => _agents.Values.Select(agent => agent.AgentId);

    public bool IsOperator(string presented) => Matches(Digest(presented), _operator);

    /// <summary>The agent whose key this is, or <see langword="null"/>.</summary>
    public string? FindAgent(string presented)
    {
        byte[] digest = Digest(presented);
        return _agents.TryGetValue(Prefix(digest), out (byte[] Digest, string AgentId) agent) && Matches(digest, agent.Digest)
            ? agent.AgentId
            : null;
    }

    private static bool IsAgentId(string id) =>
        id.Length is > 0 and <= 128 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':' or '@');

    private static void ThrowIfUnusable(string? key, string whose)
    {
        if (string.IsNullOrEmpty(key) || key.Length > 1024 || key.Any(c => c is <= ' ' or > '~'))
        {
            throw new FormatException($"{whose} is not 1 to 1,024 visible ASCII characters");
        }
    }

    private static bool Matches(byte[] left, byte[] right) => CryptographicOperations.FixedTimeEquals(left, right);

    private static UInt128 Prefix(byte[] digest) => new(BitConverter.ToUInt64(digest, 0), BitConverter.ToUInt64(digest, 8));

    private byte[] Digest(string key) => HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(key));
}
