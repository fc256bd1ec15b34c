// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

import {IERC20Burnable} from "./IERC20Burnable.sol";

/// @title IWaybillToken
/// @notice What bonds, channels and earnings are counted in: an ERC-20 with permit (ERC-2612) whose
/// holders can burn what they hold.
/// @dev A first supply is made at deployment. More is made by one contract only, which the deployer
/// appoints once and for ever, and at most `mintCap` in an epoch: whatever befalls the minter, this bounds
/// what it can do to holders. A cap of zero fixes the supply.
interface IWaybillToken is IERC20Burnable, IERC20Permit {
    /// @notice `minter` may mint from now on, and no other account ever.
    event MinterAppointed(address minter);

    /// @notice The supply must be positive and fit the 128 bits that amounts have everywhere else.
    error WaybillToken_SupplyOutOfRange(uint256 got, uint256 limit);
    error WaybillToken_NotDeployer(address got, address deployer);
    error WaybillToken_NoContract(address got);
    error WaybillToken_MinterAppointed(address minter);
    error WaybillToken_NotMinter(address got, address minter);
    /// @notice More than is left of the epoch's cap, or than the 128 bits of the supply leave room for.
    error WaybillToken_AboveMintable(uint256 got, uint256 mintable);

    /// @notice Destroys `value` of `account`'s tokens out of the caller's allowance.
    function burnFrom(address account, uint256 value) external;

    /// @notice Names the contract that may mint, once and for ever. Whoever deployed the token only.
    function appointMinter(address minter) external;

    /// @notice Makes `amount` tokens for `to`. The minter only, within `mintable`.
    function mint(address to, uint256 amount) external;

    /// @return The contract that may mint, or zero as long as none is appointed.
    function minter() external view returns (address);

    /// @return Most tokens that can be minted in an epoch.
    function mintCap() external view returns (uint128);

    /// @return How many tokens can be minted now: what is left of the running epoch's cap, and
    /// nothing before the first epoch.
    function mintable() external view returns (uint256);
}
